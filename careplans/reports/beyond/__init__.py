"""What somebody from outside of a board, or within a reporting project, is told of a report."""
