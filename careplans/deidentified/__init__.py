"""What an analyst is given within a reporting project: one place for pages, API, reports, exports and FHIR. Read-only."""
