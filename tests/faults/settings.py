"""Settings of the processes under fault: the real ones, with every time a twentieth of what a hospital has."""

from config.settings import *  # noqa: F403  (the harness sets the environment)

# 20 s in a hospital; the lease (6 s instead of 120 s) and the tick (1 s instead of 15 s) come from the environment.
EMAIL_TIMEOUT = 1
