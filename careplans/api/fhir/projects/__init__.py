"""FHIR within a reporting project: which types there are, what they can be asked for, and what of each resource is given."""
