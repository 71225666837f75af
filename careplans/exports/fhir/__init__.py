"""Bulk export of FHIR resources: the same jobs as of lists, with what FHIR's Bulk Data Access says of asking and fetching."""
