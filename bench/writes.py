"""The writes that are measured: each is made anew, as a person or a program makes it, and can be made again."""

import json
import os
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from bench.rows import Rows
from careplans.models import Proforma

FETCH = {"headers": {"X-Requested-With": "fetch", "Accept": "application/json"}}
Go = Callable[[], Any]


def autosave_step(client: Any, rows: Rows) -> Go:
    """One field of a draft's step, typed on the page of the plan."""
    step = rows.draft.steps.order_by("position").first()
    path, state = reverse("careplans:step_save", kwargs={"pk": step.pk}), {"is": step.rationale, "n": 0}

    def go() -> Any:
        new, base = _words(state), state["is"]
        state["is"] = new
        return _saved(client.post(path, {"rationale": new, "base-rationale": base}, **FETCH))

    return go


def autosave_proforma(client: Any, rows: Rows) -> Go:
    facts = Proforma.objects.get(case=rows.draft.case_id)
    path = reverse("careplans:proforma_save", kwargs={"pk": facts.case_id})
    state = {"is": str(facts.largest_primary_mm or ""), "n": 0}

    def go() -> Any:
        _words(state)
        new, base = str(5 + state["n"] % 40), state["is"]
        state["is"] = new
        return _saved(client.post(path, {"largest_primary_mm": new, "base-largest_primary_mm": base}, **FETCH))

    return go


def patch_step(client: Any, rows: Rows) -> Go:
    step = rows.draft.steps.order_by("position").first()
    state: dict[str, Any] = {"version": None, "n": 0}

    def go() -> Any:
        if state["version"] is None:
            step.refresh_from_db(fields=["version"])
            state["version"] = step.version
        body, seen = json.dumps({"rationale": _words(state)}), {"If-Match": f'"{state["version"]}"'}
        answer = client.patch(f"/api/v1/steps/{step.pk}/", body, content_type="application/json", headers=seen)
        assert answer.status_code == 200, answer.content
        state["version"] = answer.json()["version"]
        return answer

    return go


def sign_plan(client: Any, rows: Rows) -> Go:
    """A signature stands: each goes to another plan in sign-off, while there are any."""
    waiting = iter(rows.in_signoff_all)

    def go() -> Any:
        plan = next(waiting)
        seen = {"content_version": plan.content_version, "content_hash": plan.content_hash}
        seen |= {"facts_version": plan.case.proforma.version, "answer": "sign", "comment": ""}
        answer = client.post(reverse("careplans:signoff", kwargs={"pk": plan.pk}), seen)
        assert answer.status_code == 302, answer.content
        return answer

    return go


def _words(state: dict[str, Any]) -> str:
    state["n"] += 1
    return f"because {os.getpid()} {state['n']}"


def _saved(answer: Any) -> Any:
    assert answer.status_code == 200 and not answer.json()["conflicts"], answer.content
    return answer
