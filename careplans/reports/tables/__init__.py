"""Answers of reports as rows of a table: one set of columns for pages, API and exports."""
