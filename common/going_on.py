"""One bad row must not stop the others, nor one chore of a loop the next."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)
Key = TypeVar("Key")


@contextmanager
def going_on(event: str, **extra: object) -> Iterator[None]:
    """What goes wrong inside is one entry in the log, and then it goes on. Each row in a transaction of its own.

    Without a database nothing goes on.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # The name only: the words of an error may hold what nobody should read in a log.
        log.error(event, extra={**extra, "error": type(error).__name__})


def each(do: Callable[[Key], int], keys: Iterable[Key], event: str) -> int:
    """How much `do` did of all of them. One that goes wrong is left for the next time."""
    done = 0
    for key in keys:
        with going_on(event, row=getattr(key, "pk", key)):
            done += do(key)
    return done
