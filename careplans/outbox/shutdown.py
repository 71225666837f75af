"""A deploy or a restart: whoever sends ends after the mail in hand, and gives back what it has not tried."""

from multiprocessing.sharedctypes import RawValue

# Shared with the children that a worker forks, which get no signal themselves. No lock: a child that is killed while it
# looks would keep it for ever.
_stopping = RawValue("b", 0)


def stop() -> None:
    """This process, and those it forked, take no more work. There is no way back."""
    _stopping.value = 1


def is_stopping() -> bool:
    return bool(_stopping.value)
