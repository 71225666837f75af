"""The schedules of a plan and the days that they ask for."""
