"""Lists as files. What is in a file, and who may have it, is what the API's lists say: this room only writes it down."""
