"""What the views share: the frame of a page, and how a refused change is told."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.permissions import allowed_actions
from common.errors import Conflict
from common.once import set_aside


def render_page(
    request: SignedInRequest, template: str, board: Board, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of a board, and make it the board that the navigation shows from now on."""
    if (request.session.get("board"), request.session.get("zone")) != (board.pk, board.time_zone):
        request.session["board"], request.session["zone"] = board.pk, board.time_zone
    frame = {"board": board, "can": allowed_actions(request.user, board), "out_of_use": not board.is_active}
    with timezone.override(board.zone):
        return render(request, template, frame | context, status=status)


class Attempt:
    """Tells whether the change inside `attempt` went through."""

    ok = True


@contextmanager
def attempt(request: HttpRequest, form: BaseForm | None = None) -> Iterator[Attempt]:
    """Turn a refusal of a service into errors of the form, or into a message where there is no form.

    Nothing that was typed is lost: the caller renders the same form again with status 400.
    """
    outcome = Attempt()
    try:
        yield outcome
    except (ValidationError, Conflict) as error:
        outcome.ok = False
        if form is not None and isinstance(error, Conflict):
            for name in getattr(form, "ticked_as_seen", ()):
                untick(form, name)
            if "version" in form.fields and "version" in error.current:
                show_version(form, error.current["version"])
        if form is not None:
            add_refusal(form, error)
        else:
            for sentence in sentences(error):
                messages.error(request, sentence)


@contextmanager
def attempt_in_part(request: HttpRequest, form: BaseForm) -> Iterator[Attempt]:
    """The same for fields that are merged one by one: the good ones are saved while another is refused, and sent again they
    change nothing. So the form is not done with, and its token is left."""
    with attempt(request, form) as outcome, set_aside():
        yield outcome


def show_version(form: BaseForm, version: object, *, name: str = "version") -> None:
    """After a conflict the same words can be sent again, now that their writer sees what stands."""
    data: Any = form.data
    data = data.copy()
    data[form.add_prefix(name)] = version
    form.data = data


def untick(form: BaseForm, name: str) -> None:
    """After a conflict a tick that says “I have seen it” speaks of what stood there before: it is asked for anew."""
    data: Any = form.data
    data = data.copy()
    data.pop(form.add_prefix(name), None)
    form.data = data


def add_refusal(form: BaseForm, error: ValidationError | Conflict) -> None:
    """Sort a service's refusal to the fields of the form; what has no field stands at the top."""
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        for told, problems in error.message_dict.items():
            name = getattr(form, "refused_at", {}).get(told, told)
            form.add_error(name if name in form.fields else None, problems)
    elif words := sentences(error):
        form.add_error(None, words)


def sentences(error: ValidationError | Conflict) -> list[str]:
    return [error.message] if isinstance(error, Conflict) else list(error.messages)


def saved_json(
    *, version: int, saved: dict[str, Any], errors: dict[str, list[str]] | None = None,
    conflicts: dict[str, Any] | None = None, message: str = "", html: dict[str, str] | None = None,
    opens: list[str] | None = None, **parts: Any,
) -> JsonResponse:  # fmt: skip
    """The answer to an autosave; the protocol is in static/README.md."""
    answer: dict[str, Any] = {
        "version": version, "saved": saved, "errors": errors or {}, "conflicts": conflicts or {}, "html": html or {},
    }  # fmt: skip
    more = {name: value for name, value in (("message", message), ("opens", opens)) if value}
    return JsonResponse(answer | more | parts)


def told_rest_saved(request: HttpRequest, names: Iterable[str], refused: dict[str, Any]) -> dict[str, Any]:
    """A form without script that is shown again for some of its fields: what else it brought is saved."""
    if set(names) - set(refused):
        messages.info(request, "Everything else on this page is saved; only the fields named below are not.")
    return refused


def next_url(request: HttpRequest, default: str) -> str:
    """Where to go back to: a local `next` from the form, or the default."""
    return safe_path(request, request.POST.get("next", "")) or default


def safe_path(request: HttpRequest, wanted: str) -> str:
    """An address of this site, or nothing."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith("/") else ""
