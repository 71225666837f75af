"""Search from anywhere: what somebody typed, and what of it they may see; and what they opened last."""
