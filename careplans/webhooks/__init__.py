"""Telling programs what has changed: which addresses there are, what each is told next, and how it leaves (docs/api.md)."""
