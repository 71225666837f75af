"""Planned against delivered: what became of each step, cycle and order that a board signed."""
