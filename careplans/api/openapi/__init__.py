"""The OpenAPI document: what it says of each operation and field, and the page that shows it."""
