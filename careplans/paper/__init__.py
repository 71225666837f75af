"""What leaves on paper: a plan as a tagged PDF. Reads only."""
