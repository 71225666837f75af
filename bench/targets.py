"""Which pages, calls of the API and writes are measured, for whom, and with which rows. Imported once Django is set up."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import Board, User
from bench import writes
from bench.fhir_targets import far_paths, fhir_paths
from bench.rows import Rows

BOARD = "Large NET board"
Go = Callable[[], Any]
NOUNS = (
    "boards", "patients", "cases", "plans", "steps", "follow-ups", "modalities", "advisories", "arms", "occurrences", "specimens",
    "prior-treatments", "signatures", "events", "fact-changes", "step-breaks", "nothing-ahead", "record-moves",
)  # fmt: skip


class Target(NamedTuple):
    """What is asked. `who` is a key of the demo's people; `begin` gives a call that asks it once."""

    name: str
    who: str
    begin: Callable[[Any], Go]
    by_token: bool = False
    is_repeatable: bool = True


def targets(board: Board) -> list[Target]:
    """Paths are made when they are asked for, so that a page that is not there yet is reported and not fatal."""
    rows = Rows(board)
    return [*of_a_person(), *of_a_board(rows), *of_rows(rows), *of_the_house(), *of_the_api(rows), *written(rows)]


def of_a_person() -> list[Target]:
    """A person with the same work at every size, then one whose work grows with the board."""
    return [
        Target("my work", "oncology", page("careplans:my_work")),
        Target("my work, heavy", "endocrinology", page("careplans:my_work")),
        Target("my steps in full", "endocrinology", page("careplans:my_work", "?show=steps")),
        Target("notices", "oncology", page("careplans:notices")),
    ]


def of_a_board(rows: Rows) -> list[Target]:
    here = {"pk": rows.board.pk}
    return [
        Target("search", "oncology", typed_in("a" + rows.family[:2])),
        Target("search, name", "oncology", typed_in(rows.family)),
        Target("search, nothing typed", "oncology", page("careplans:search")),
        Target("board home", "coordinator", page("careplans:board_home", **here)),
        Target("patients", "oncology", page("careplans:patients", **here)),
        Target("patients, by letter", "oncology", found("a", **here)),
        Target("patients, by name", "oncology", found(rows.family, **here)),
        Target("patients, by number", "oncology", found(rows.record, **here)),
        Target("patients, nobody", "oncology", found("xyzzy", **here)),
        Target("cases", "oncology", page("careplans:cases", **here)),
        Target("superseded guidance", "oncology", page("careplans:superseded_guidance", **here)),
        Target("changed facts", "oncology", page("careplans:changed_facts", **here)),
        Target("nothing ahead", "oncology", page("careplans:nothing_ahead", **here)),
        Target("follow-ups", "nurse", page("careplans:followups", **here)),
        Target("follow-ups, overdue", "nurse", page("careplans:followups", "?state=overdue", **here)),
        Target("follow-ups, all", "nurse", page("careplans:followups", "?state=all", **here)),
        Target("reminders", "coordinator", page("careplans:reminders", **here)),
    ]


def of_rows(rows: Rows) -> list[Target]:
    case, in_force = {"pk": rows.case.pk}, {"pk": rows.in_force.pk}
    return [
        Target("patient", "oncology", page("careplans:patient", pk=rows.case.patient_id)),
        Target("case", "oncology", page("careplans:case", **case)),
        Target("course", "oncology", page("careplans:course", **case)),
        Target("timeline", "oncology", page("careplans:timeline", **case)),
        Target("proforma", "oncology", page("careplans:proforma", **case)),
        Target("plan", "oncology", page("careplans:plan", **in_force)),
        Target("plan edit", "oncology", page("careplans:plan_edit", pk=rows.draft.pk)),
        Target("plan picture", "oncology", page("careplans:plan_picture", **in_force)),
        Target("plan print", "oncology", page("careplans:plan_print", **in_force)),
        Target("plan PDF", "oncology", page("careplans:plan_pdf", **in_force)),
        Target("advisories of a plan", "oncology", page("careplans:advisories", **in_force)),
        Target("sign-off", "oncology", page("careplans:signoff", pk=rows.in_signoff.pk)),
    ]


def of_the_house() -> list[Target]:
    return [
        Target("reference", "oncology", page("modalities:index")),
        Target("reference page", "oncology", page("modalities:page", slug="prrt")),
        Target("plans behind a page", "oncology", page("careplans:page_plans", slug="prrt")),
        Target("plans by revision", "editor", page("careplans:page_plans", slug="prrt")),
        Target("health", "oncology", page("careplans:health")),
        Target("metrics", "oncology", metrics),
    ]


def of_the_api(rows: Rows) -> list[Target]:
    plan, board = rows.in_force.pk, rows.board.pk
    paths = {noun: f"{noun}/" for noun in NOUNS} | {
        "cases by Ki-67": "cases/?ki67_percent_min=20",
        "advisories of a plan": f"plans/{plan}/advisories/",
        "advisories that stand": f"advisories/?board={board}&standing=true",
        "plans of a board": f"plans/?board={board}&status=active",
        "plan": f"plans/{plan}/",
        "case": f"cases/{rows.case.pk}/",
    }
    return [
        *(Target(f"API {name}", "oncology", at(f"/api/v1/{path}"), by_token=True) for name, path in paths.items()),
        *(Target(name, "oncology", at(path), by_token=True) for name, path in far_paths(rows).items()),
        *(
            Target(name, "oncology", at(path), by_token=True)
            for name, path in fhir_paths(rows, person("oncology")).items()
        ),
    ]


def written(rows: Rows) -> list[Target]:
    def of(write: Callable[[Any, Rows], Go]) -> Callable[[Any], Go]:
        return lambda client: write(client, rows)

    return [
        Target("autosave of a step", "oncology", of(writes.autosave_step)),
        Target("autosave of the proforma", "oncology", of(writes.autosave_proforma)),
        Target("API step PATCH", "oncology", of(writes.patch_step), by_token=True),
        Target("sign a plan", "oncology", of(writes.sign_plan), is_repeatable=False),
    ]


def at(path: str, **headers: str) -> Callable[[Any], Go]:
    return lambda client: lambda: client.get(path, headers=headers)


def page(name: str, query: str = "", **kwargs: object) -> Callable[[Any], Go]:
    return lambda client: at(reverse(name, kwargs=kwargs) + query)(client)


def found(words: str, **kwargs: object) -> Callable[[Any], Go]:
    """A search is posted, as people do; what is measured is the page that it leads to."""

    def begin(client: Any) -> Go:
        answer = client.post(reverse("careplans:patients", kwargs=kwargs), {"q": words})
        return at(answer.url)(client)

    return begin


def typed_in(words: str) -> Callable[[Any], Go]:
    """The search of the header, as one types."""
    path, headers = reverse("careplans:search"), {"X-Requested-With": "fetch"}
    return lambda client: lambda: client.post(path, {"q": words}, headers=headers)


def metrics(client: Any) -> Go:
    return at(reverse("careplans:metrics"), Authorization=f"Bearer {settings.METRICS_TOKEN}")(client)


def person(key: str) -> User:
    return User.objects.get(email=f"{key}@consilium.example")


class Doors:
    """The clients of the people who ask: by session for pages, by token for the API."""

    def __init__(self) -> None:
        self.clients: dict[tuple[str, bool], Client] = {}

    def client(self, target: Target) -> Client:
        key = (target.who, target.by_token)
        if key not in self.clients:
            self.clients[key] = _by_token(person(target.who)) if target.by_token else _by_session(person(target.who))
        return self.clients[key]

    def begin(self, target: Target) -> Go:
        return target.begin(self.client(target))


def _by_session(who: User) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(who)
    return client


def _by_token(who: User) -> Client:
    token = AuthToken.objects.create(user=who)[1]
    return Client(SERVER_NAME="localhost", raise_request_exception=False, HTTP_AUTHORIZATION=f"Token {token}")
