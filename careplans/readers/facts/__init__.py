"""What is recorded of a patient, what decides, and what does not go together."""
