"""What a step waits for, how it is given, and which way a decision took."""
