"""The rows of a list as the database writes them, a line of JSON each: byte for byte what the serializer says of them."""
