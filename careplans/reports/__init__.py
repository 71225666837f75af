"""Read-only: queryset in, rows out."""
