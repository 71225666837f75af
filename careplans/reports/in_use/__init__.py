"""What of the reference pages and of the templates of plans is in use."""
