"""What HTTP asks of every operation, whatever its noun: who calls, in which form, once, how often, and what an error is."""
