"""The only code that changes clinical rows; one module per noun, one function per clinical verb."""
