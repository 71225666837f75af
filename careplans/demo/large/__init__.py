"""A large board for measuring: many plans and a year of what they leave behind, written in batches past the services."""
