"""What a call of the API through a generated client is, and what has to be done before some of them (client_calls.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from accounts.services.api_tokens import issue_token
from careplans.models import Advisory, NothingAhead
from careplans.services.known_patients import take_known_patient
from tests.careplans import makers
from tests.careplans.api import Api

World = SimpleNamespace
WHY = "Agreed by the board."
GIVEN = {"on": lambda w: day(w.today)}
NOTHING = {"nothing_ahead_reason": "Followed by the referring clinic."}


@dataclass(frozen=True)
class Call:
    """`row` is what the address names, by its name in the world. `first` has to be done before; `body` is asked of the world."""

    stage: str
    row: str = ""
    body: Any = None
    by: str = "ana"
    first: Callable[[World], Any] | None = None
    place: Callable[[World], dict[str, Any]] | None = None


def day(one):
    return one.isoformat()


def posts(path, body, *, by="ana", method="post"):
    """Another verb before it, over the API."""

    def act(w):
        api, where = Api(getattr(w, by)), path.format(w=w)
        row = "/" + "/".join(where.strip("/").split("/")[:2]) + "/"
        answer = getattr(api, method)(where, asked(body, w), version=api.get(row).json()["version"])
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    return act


def asked(value, w):
    if callable(value):
        return asked(value(w), w)
    if isinstance(value, dict):
        return {name: asked(one, w) for name, one in value.items()}
    return [asked(one, w) for one in value] if isinstance(value, list) else value


def content(w):
    return {"content_version": w.plan.content_version, "content_hash": w.plan.content_hash}


def of_case(body=None, row="case", **more):
    return Call("without a plan", row, body, **more)


def of_draft(body=None, row="plan", **more):
    return Call("draft", row, body, **more)


def of_plan(stage, body=None, row="plan", by="chloe", **more):
    return Call(stage, row, body, by, **more)


def of_step(row, body=None, **more):
    return Call("in force", row, body, **more)


def of_course(body=None, row="occurrence", **more):
    return Call("a course", row, body, **more)


def of_arms(row, body=None, **more):
    return Call("arms", row, body, **more)


def reading(noun, row, stage="in force"):
    return {f"{noun}_list": Call(stage), f"{noun}_retrieve": Call(stage, row)}


def last(noun):
    """What the world of the call before has made."""
    return lambda w: w.made[noun]


def export(w):
    """By a token that reaches no further than the one that asks for it again, which is shown no other."""
    token = Api(w.ana, scopes=["exports:make", "plans:read"])
    w.made = token.post("/exports/", {"what": "steps", "form": "ndjson"}).json()


def of_export(w):
    return {"id": w.made["id"]}


def make_a_token(w):
    w.made = {"id": issue_token(w.ana, name="Registry")[0].pk}


def contradict(w):
    api, path = Api(w.ana), f"/cases/{w.case.pk}/proforma/"
    facts = {"sstr_expression": "high", "krenning_score": 0}
    found = api.patch(path, facts, version=api.get(path).json()["version"]).json()
    w.made = {"key": found["contradictions"][0]["key"]}


LOOKED_AT = {"from_version": last("from_version"), "to_version": last("to_version"), "note": "Both letters."}


def ask_merge(w):
    w.made = posts("/patients/{w.patient.pk}/merge/", {"into": w.namesake.pk, "reason": WHY})(w)


def merge(w):
    ask_merge(w)
    path = f"/record-moves/{w.made['id']}/"
    answer = Api(w.chloe).post(f"{path}confirm/", asked(LOOKED_AT, w), version=w.made["version"])
    assert answer.status_code == 200, answer.content


def of_move(body=None, by="chloe", first=ask_merge):
    return Call("without a plan", body=body, by=by, first=first, place=lambda w: {"id": w.made["id"]})


def go_on_hold(w):
    """A step that had begun."""
    posts("/steps/{w.planned.pk}/start/", {"on": lambda w: day(w.today), "why": "early"})(w)
    held = {"on": lambda w: day(w.today), "due_on": lambda w: day(w.day), "reason": "medical_reason"}
    posts("/steps/{w.planned.pk}/hold/", held)(w)


def add_a_name(w):
    found = posts("/patients/{w.patient.pk}/add-name/", {"kind": "former", "family_name": "Bell"})(w)
    w.made = {"name": found["other_names"][0]["id"]}


def hang_something(w):
    body = {"kind": "echo", "when": "course", "interval": 12, "interval_unit": "months"}
    w.made = {"line": posts("/steps/{w.planned.pk}/add-monitoring/", body)(w)["monitoring"][0]["id"]}


def take_on_elsewhere(w):
    """The board of somebody else knows the patient, too, and by mistake."""
    patient = w.patient
    take_known_patient(w.elsewhere, by=w.eve, record_number=patient.record_number, birth_date=patient.birth_date)


def a_course(board, *, ana, chloe):
    return makers.make_course(board, by=ana, chair=chloe).case


def arms(board, *, ana, chloe):
    return makers.make_branched_plan(makers.make_case(board, by=ana), by=ana, chair=chloe).plan.case


def advisory_of(case):
    return Advisory.objects.filter(case=case).first()


def say_nothing_is_ahead(w):
    row = NothingAhead.objects.create(
        board=w.board, case=w.case, reason="At home.", look_again_on=w.today, recorded_by=w.ana
    )
    w.made = {"id": row.pk}
