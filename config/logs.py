"""Log lines for people or machines, never with a patient's data.

Only listed keys are written, and of an exception its type and where it happened: its words may hold what a row held.
"""

import logging
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Ids, counts, states and times. A new key is added here or it is not logged.
KEYS = frozenset({
    "event", "timestamp", "level", "logger", "outbox_message", "attempt", "channel", "status", "status_code", "run", "rule_set",
    "board", "seconds", "count", "error", "where", "task", "task_id", "why", "row",
})  # fmt: skip


def keep_listed(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Drops every key that is not listed; the two that structlog itself needs stay."""
    return {key: value for key, value in event.items() if key in KEYS or key.startswith("_")}


def without_words(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """An exception as its type and the places it passed, the innermost last."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    return event


def formatter(kind: str) -> logging.Formatter:
    """`line` for people, `json` for machines. Raises ValueError for anything else."""
    if kind not in ("line", "json"):
        raise ValueError(f"LOG_FORMAT is {kind!r}; it must be line or json.")
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=KEYS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
    ]
    last: Any = structlog.processors.JSONRenderer() if kind == "json" else _line
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[keep_listed, structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    first = " ".join(str(event.pop(key, "")) for key in ("timestamp", "level", "logger", "event"))
    return " ".join([first, *(f"{key}={value}" for key, value in event.items())])
