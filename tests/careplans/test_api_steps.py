"""Steps over the API: drafted in a plan, delivered once it is in force."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from careplans.models import Plan, Step
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem, version_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=2)


@pytest.fixture
def steps(case, ana, chloe):
    return list(makers.make_active_plan(case, by=ana, chair=chloe, steps=2).steps.all())


@pytest.fixture
def api(ana):
    return Api(ana)


def day(offset=0):
    return (makers.TODAY() + timedelta(days=offset)).isoformat()


# The draft


def test_a_step_is_added_at_the_version_of_the_plan(draft, api, ana):
    before = draft.steps.first()
    body = {
        "phase": "debulking", "modality_code": "OSA", "goals": ["size_reduction"], "owner": ana.pk, "target_mm": 25,
        "planned_start": day(90), "after_step": before.pk,
    }  # fmt: skip
    answer = api.post(f"/plans/{draft.pk}/steps/", body, version=draft.version)
    assert (answer.status_code, version_in(answer)) == (201, 1)
    step = Step.objects.get(pk=answer.json()["id"])
    assert (step.plan, step.board, step.position, step.status, step.owner) == (draft, draft.board, 3, "proposed", ana)
    assert (step.target_mm, step.after_step, step.modality_revision.number) == (25, before, 1)
    assert AuditEvent.objects.filter(action="step_added", actor=ana, subject_id=str(step.pk)).exists()
    assert answer.json()["plan_version"] == Plan.objects.get(pk=draft.pk).version == draft.version + 1


def test_a_step_is_not_added_to_a_plan_that_changed(draft, api):
    body = {"phase": "debulking", "modality_code": "OSA"}
    assert api.post(f"/plans/{draft.pk}/steps/", body).status_code == 428
    answer = api.post(f"/plans/{draft.pk}/steps/", body, version=draft.version - 1)
    assert (answer.status_code, answer.json()["version"], answer.json()["current"]["id"]) == (
        412,
        draft.version,
        draft.pk,
    )
    assert draft.steps.count() == 2


def test_an_observer_adds_no_step(draft, nina):
    body = {"phase": "debulking", "modality_code": "OSA"}
    assert Api(nina).post(f"/plans/{draft.pk}/steps/", body, version=draft.version).status_code == 403


def test_a_step_of_another_plan_is_nothing_to_wait_for(draft, api, board, ana):
    other = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana).steps.get()
    step = draft.steps.first()
    answer = api.patch(f"/steps/{step.pk}/", {"after_step": other.pk}, version=step.version)
    assert (answer.status_code, attrs(answer)) == (400, ["after_step"])


def test_a_step_is_changed_at_its_own_version(draft, api, ana):
    step = draft.steps.first()
    answer = api.patch(f"/steps/{step.pk}/", {"rationale": "first the heart"}, version=step.version)
    assert answer.status_code == 200
    changed = Step.objects.get(pk=step.pk)
    assert (changed.rationale, changed.version, changed.plan, changed.status) == (
        "first the heart", step.version + 1, draft, "proposed",
    )  # fmt: skip
    again = api.patch(f"/steps/{step.pk}/", {"rationale": "x", "owner": ana.pk}, version=step.version)
    assert (again.status_code, again.json()["differs"]) == (412, ["rationale"])


def test_a_change_during_sign_off_says_that_the_plan_is_a_draft_again(draft, api, ana, ravi):
    makers.require_disciplines(draft.board, "radiology", "medical_oncology")
    submitted = makers.submit(draft, by=ana)
    makers.sign(submitted, by=ravi)
    step = draft.steps.first()
    answer = api.patch(f"/steps/{step.pk}/", {"rationale": "first the heart"}, version=step.version)
    assert "1 signature was voided" in answer.json()["message"]


def test_a_step_is_taken_out_and_kept(draft, api):
    first, second = draft.steps.all()
    answer = api.post(f"/steps/{first.pk}/remove/", {}, version=first.version)
    assert answer.status_code == 200
    assert answer.json()["removed_at"]
    assert Step.objects.get(pk=second.pk).position == 1
    assert [step["id"] for step in api.get(f"/plans/{draft.pk}/").json()["steps"]] == [second.pk]


def test_a_signed_step_is_not_changed(steps, api):
    answer = api.patch(f"/steps/{steps[0].pk}/", {"rationale": "x"}, version=steps[0].version)
    assert (answer.status_code, "Amend it instead" in problem(answer)) == (400, True)


# Delivery


def test_a_step_starts_and_is_completed(steps, api, ana):
    step = steps[0]
    answer = api.post(f"/steps/{step.pk}/start/", {"on": day()}, version=step.version)
    assert (answer.status_code, answer.json()["status"]) == (200, "in_progress")
    body = {"on": day(), "fulfilment": "full", "outcome": "Flushing gone"} | makers.OUTCOME
    answer = api.post(f"/steps/{step.pk}/complete/", body, version=answer.json()["version"])
    assert (answer.json()["status"], answer.json()["fulfilment"]) == ("completed", "full")
    assert AuditEvent.objects.filter(action="step_moved", actor=ana).count() >= 2


def test_out_of_order_is_asked_about_and_not_blocked(steps, api):
    second = steps[1]
    answer = api.post(f"/steps/{second.pk}/start/", {"on": day()}, version=second.version)
    assert (answer.status_code, attrs(answer)) == (400, ["why"])
    assert "Out of order" in problem(answer)
    answer = api.post(f"/steps/{second.pk}/start/", {"on": day(), "why": "Slot came free"}, version=second.version)
    assert answer.json()["status"] == "in_progress"


def test_a_step_is_stopped_with_a_coded_reason(steps, api):
    step = steps[0]
    started = api.post(f"/steps/{step.pk}/start/", {"on": day()}, version=step.version).json()["version"]
    assert api.post(f"/steps/{step.pk}/stop/", {"on": day(), "reason": "because"}, version=started).status_code == 400
    body = {"on": day(), "reason": "toxicity_or_not_tolerated"} | makers.OUTCOME
    answer = api.post(f"/steps/{step.pk}/stop/", body, version=started)
    assert (answer.json()["status"], answer.json()["fulfilment"]) == ("stopped", "partial")


def test_a_step_is_not_done_with_a_coded_reason(steps, api):
    step = steps[0]
    answer = api.post(f"/steps/{step.pk}/skip/", {"reason": "other"}, version=step.version)
    assert (answer.status_code, attrs(answer)) == (400, ["reason_note"])
    answer = api.post(f"/steps/{step.pk}/skip/", {"reason": "patient_choice"}, version=step.version)
    assert (answer.json()["status"], answer.json()["reason"]) == ("not_done", "patient_choice")


def test_a_step_is_held_and_planned_again(steps, api):
    step = steps[0]
    answer = api.post(
        f"/steps/{step.pk}/hold/",
        {"on": day(0), "due_on": day(7), "reason": "medical_reason", "reason_note": "Sepsis"},
        version=step.version,
    )
    assert (answer.json()["status"], answer.json()["due_on"]) == ("on_hold", day(7))
    body = {"due_on": day(14), "why": "Recovered"}
    answer = api.post(f"/steps/{step.pk}/replan/", body, version=answer.json()["version"])
    assert (answer.json()["status"], answer.json()["due_on"]) == ("planned", day(14))


def test_a_step_is_handed_over(steps, api, omar, nina):
    step = steps[0]
    refused = api.post(f"/steps/{step.pk}/hand-over/", {"assignee": nina.pk, "why": "Leave"}, version=step.version)
    assert (refused.status_code, attrs(refused)) == (400, ["assignee"])
    answer = api.post(f"/steps/{step.pk}/hand-over/", {"assignee": omar.pk, "why": "Leave"}, version=step.version)
    assert answer.json()["assignee"] == {"id": omar.pk, "name": omar.name}


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "tomorrow", None, 1])
def test_a_step_starts_on_a_day_that_has_come(steps, api, on):
    answer = api.post(f"/steps/{steps[0].pk}/start/", {"on": on}, version=steps[0].version)
    assert (answer.status_code, attrs(answer)) == (400, ["on"])


VERBS = ["remove", "start", "complete", "stop", "skip", "hold", "replan", "hand-over"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_asks_the_door_the_role_and_the_version(verb, steps, nina, otto, omar):
    step = steps[0]
    path = f"/steps/{step.pk}/{verb}/"
    assert Api(otto).post(path, {}, version=step.version).status_code == 404
    assert Api(nina).post(path, {}, version=step.version).status_code == 403
    assert Api(omar).post(path, {}).status_code == 428
    assert Api(omar).post(path, {}, version=step.version + 7).status_code == 412
    assert Step.objects.get(pk=step.pk).version == step.version
