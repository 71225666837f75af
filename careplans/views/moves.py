"""What can be recorded of a row: its moves on one page, each with its little form, and the one that was sent."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms

from accounts.http import SignedInRequest
from accounts.pages import attempt
from careplans.readers.recent_acts import said_of
from careplans.services.recent_acts import Recorded, record_act

Verbs = Mapping[str, tuple[Any, str, str]]
"""By verb: its form, the words on the tab, the words on the button."""


def moves_shown(
    verbs: Verbs, names: Iterable[str], form_of: Callable[[str], forms.Form], *, opened: str, bound: forms.Form | None
) -> list[dict[str, Any]]:
    """For `components/moves.html`. The refused one (`bound`) stands open, with what was typed."""
    return [
        {
            "verb": name, "title": verbs[name][1], "action": verbs[name][2], "open": name == opened,
            "form": bound if bound is not None and name == opened else form_of(name),
        }
        for name in names
    ]  # fmt: skip


def recorded_as_act(
    request: SignedInRequest, form: Any, service: Callable[..., Any], row: Any, values: dict[str, Any], verb: str
) -> Recorded | None:
    """What the service made of it, kept for a minute, so that it can be undone. None where it refused: then the form says why,
    and can be sent again after a conflict."""
    told = {"expected_version" if name == "version" else name: value for name, value in values.items()}
    with attempt(request, form) as outcome:
        done = record_act(row, service, by=request.user, verb=verb, say=lambda made: said_of(row, verb, made), **told)
    return done if outcome.ok else None
