"""A plan over the API: drafted, put in order, signed, released, amended, ended."""

import pytest

from accounts.models import AuditEvent
from careplans.models import Plan, Signature, Step
from careplans.services.plans import edit_plan
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem, version_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=3)


@pytest.fixture
def submitted(draft, ana):
    return makers.submit(draft, by=ana)


@pytest.fixture
def signed(submitted, omar, ravi):
    makers.sign(submitted, by=omar)
    makers.sign(submitted, by=ravi)
    return Plan.objects.get(pk=submitted.pk)


@pytest.fixture
def active(signed, chloe):
    return makers.release(signed, by=chloe)


@pytest.fixture
def api(ana):
    return Api(ana)


def content(plan, **words):
    return {"content_version": plan.content_version, "content_hash": plan.content_hash} | words


# The draft


def test_a_plan_is_drafted_for_a_case(case, api, ana):
    answer = api.post(f"/cases/{case.pk}/plans/", {"aim": "Control"})
    plan = Plan.objects.get(pk=answer.json()["id"])
    assert (answer.status_code, version_in(answer)) == (201, 1)
    assert (plan.case, plan.status, plan.number, plan.created_by, plan.aim) == (case, "draft", 1, ana, "Control")
    assert AuditEvent.objects.filter(action="plan_drafted", actor=ana).exists()


def test_two_drafts_at_a_time_are_refused(draft, api):
    answer = api.post(f"/cases/{draft.case_id}/plans/", {})
    assert (answer.status_code, "already drafting" in problem(answer)) == (400, True)


def test_neither_observer_nor_analyst_drafts(case, nina, anselm):
    for person in (nina, anselm):
        assert Api(person).post(f"/cases/{case.pk}/plans/", {}).status_code == 403
    assert not Plan.objects.exists()


def test_an_outsider_finds_no_case_to_plan_for(case, otto):
    assert Api(otto).post(f"/cases/{case.pk}/plans/", {}).status_code == 404


def test_a_draft_is_changed(draft, api, ana):
    body = {"aim": "Cure"}
    answer = api.patch(f"/plans/{draft.pk}/", body, version=draft.version)
    assert answer.status_code == 200
    plan = Plan.objects.get(pk=draft.pk)
    assert (plan.aim, plan.status) == ("Cure", "draft")
    assert plan.version == answer.json()["version"] == draft.version + 1


def test_a_schedule_of_another_board_does_not_exist(draft, api, other_board):
    schedule = makers.make_template(other_board)
    body = {"schedules": [{"schedule": schedule.pk}]}
    answer = api.post(f"/plans/{draft.pk}/schedules/", body, draft.version)
    assert (answer.status_code, problem(answer)) == (400, "There is no such follow-up schedule on your boards.")


def test_a_stale_draft_is_not_overwritten(draft, api, omar):
    edit_plan(draft, {"aim": "Cure"}, by=omar)
    answer = api.patch(f"/plans/{draft.pk}/", {"aim": "Palliation"}, version=draft.version)
    assert (answer.status_code, answer.json()["differs"]) == (412, ["aim"])
    assert Plan.objects.get(pk=draft.pk).aim == "Cure"


def test_an_edit_during_sign_off_says_what_it_voided(signed, api):
    answer = api.patch(f"/plans/{signed.pk}/", {"aim": "Cure"}, version=signed.version)
    assert (
        answer.json()["message"]
        == "The plan is a draft again and 2 signatures were voided, because its content changed."
    )
    assert {row["status"] for row in answer.json()["signatures"]} == {"void"}


def test_a_plan_in_force_is_not_edited(active, api):
    answer = api.patch(f"/plans/{active.pk}/", {"aim": "Cure"}, version=active.version)
    assert (answer.status_code, "Amend it instead" in problem(answer)) == (400, True)


def test_the_steps_are_put_in_order(draft, api):
    a, b, c = (step.pk for step in draft.steps.all())
    answer = api.post(f"/plans/{draft.pk}/reorder/", {"order": [[c], [a, b]]}, version=draft.version)
    assert answer.status_code == 200
    assert dict(Step.objects.values_list("pk", "position")) == {c: 1, a: 2, b: 2}


@pytest.mark.parametrize("order", [None, {}, "x", [1], [[None]], [["x"]], [[{}]], [[-1]], [[10**30]]])
def test_an_order_that_is_none_is_refused(draft, api, order):
    assert api.post(f"/plans/{draft.pk}/reorder/", {"order": order}, version=draft.version).status_code in (400, 409)
    assert list(draft.steps.values_list("position", flat=True)) == [1, 2, 3]


def test_an_order_that_leaves_out_a_step_collides(draft, api):
    first = draft.steps.first().pk
    answer = api.post(f"/plans/{draft.pk}/reorder/", {"order": [[first]]}, version=draft.version)
    assert answer.status_code == 409


def test_a_draft_is_discarded_with_a_reason(draft, api):
    assert api.post(f"/plans/{draft.pk}/discard/", {}, version=draft.version).status_code == 400
    answer = api.post(f"/plans/{draft.pk}/discard/", {"reason": "Wrong patient"}, version=draft.version)
    assert answer.json()["status"] == "entered_in_error"


# Sign-off


def test_a_plan_is_submitted_and_recalled(draft, api):
    answer = api.post(f"/plans/{draft.pk}/submit/", version=draft.version)
    assert (answer.status_code, answer.json()["status"]) == (200, "in_signoff")
    assert {row["discipline"] for row in answer.json()["signatures"]} == {"medical_oncology", "radiology"}
    version = answer.json()["version"]
    answer = api.post(f"/plans/{draft.pk}/recall/", {"reason": "New scan"}, version=version)
    assert answer.json()["status"] == "draft"


def test_an_unfinished_plan_is_not_submitted(case, api, ana):
    plan = makers.make_plan(case, by=ana, steps=0)
    answer = api.post(f"/plans/{plan.pk}/submit/", version=plan.version)
    assert (answer.status_code, "Add at least one step" in problem(answer)) == (400, True)


def test_submitting_without_a_version_is_refused(draft, api):
    assert api.post(f"/plans/{draft.pk}/submit/").status_code == 428
    assert api.post(f"/plans/{draft.pk}/submit/", version=draft.version - 1).status_code == 412


def test_a_signature_is_the_callers_own(submitted, omar, ravi):
    path = f"/plans/{submitted.pk}/sign/"
    answer = Api(omar).post(path, content(submitted, signer=ravi.pk, comment="Agreed"), version=submitted.version)
    assert (answer.status_code, attrs(answer)) == (400, ["signer"])
    answer = Api(omar).post(path, content(submitted, comment="Agreed"), version=submitted.version)
    assert answer.status_code == 200
    row = Signature.objects.get(signer__isnull=False)
    assert (row.signer, row.signed_discipline, row.status) == (omar, "medical_oncology", "approved_with_comment")
    assert AuditEvent.objects.filter(action="plan_answered", actor=omar).exists()


def test_two_people_sign_what_both_have_read(submitted, omar, ravi):
    for person in (omar, ravi):
        answer = Api(person).post(f"/plans/{submitted.pk}/sign/", content(submitted), version=submitted.version)
        assert answer.status_code == 200
    assert Signature.objects.filter(status="approved").count() == 2


def test_a_signature_needs_the_content_that_was_read(submitted, omar):
    api = Api(omar)
    other = content(submitted) | {"content_hash": "0" * 64}
    assert api.post(f"/plans/{submitted.pk}/sign/", other, version=submitted.version).status_code == 409
    assert api.post(f"/plans/{submitted.pk}/sign/", {}, version=submitted.version).status_code == 400
    assert not Signature.objects.filter(signer__isnull=False).exists()


def test_a_coordinator_does_not_sign(submitted, api):
    answer = api.post(f"/plans/{submitted.pk}/sign/", content(submitted), version=submitted.version)
    assert (answer.status_code, "may not sign plans" in problem(answer)) == (403, True)


def test_a_dissent_is_on_record_with_its_reason(submitted, ravi):
    api = Api(ravi)
    assert api.post(f"/plans/{submitted.pk}/dissent/", content(submitted), version=submitted.version).status_code == 400
    body = content(submitted, reason="Too close to the bile duct")
    assert api.post(f"/plans/{submitted.pk}/dissent/", body, version=submitted.version).status_code == 200
    assert Signature.objects.get(signer=ravi).status == "dissented"


def test_a_plan_is_sent_back(submitted, ravi):
    body = content(submitted, reason="Needs an MRI first")
    answer = Api(ravi).post(f"/plans/{submitted.pk}/send-back/", body, version=submitted.version)
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")


def test_only_the_chair_releases(signed, omar, chloe):
    body = {"content_hash": signed.content_hash}
    assert Api(omar).post(f"/plans/{signed.pk}/release/", body, version=signed.version).status_code == 403
    answer = Api(chloe).post(f"/plans/{signed.pk}/release/", body, version=signed.version)
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert {step["status"] for step in answer.json()["steps"]} == {"planned"}


def test_a_plan_is_not_released_before_everyone_has_answered(submitted, chloe):
    body = {"content_hash": submitted.content_hash}
    answer = Api(chloe).post(f"/plans/{submitted.pk}/release/", body, version=submitted.version)
    assert (answer.status_code, "Still awaited" in problem(answer)) == (400, True)


# In force


def test_an_amendment_is_a_new_plan(active, api):
    answer = api.post(f"/plans/{active.pk}/amend/", {"reason": "Progression"}, version=active.version)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["amends"], body["number"], body["status"], len(body["steps"])) == (active.pk, 2, "draft", 3)
    assert Plan.objects.get(pk=active.pk).status == "active"


def test_a_plan_is_held_and_resumed(active, api, omar):
    assert Api(omar).post(f"/plans/{active.pk}/hold/", {"reason": "x"}, version=active.version).status_code == 403
    answer = api.post(f"/plans/{active.pk}/hold/", {"reason": "Sepsis"}, version=active.version)
    assert answer.json()["status"] == "on_hold"
    answer = api.post(f"/plans/{active.pk}/resume/", {"reason": "Recovered"}, version=answer.json()["version"])
    assert answer.json()["status"] == "active"


def test_a_plan_with_open_steps_is_not_completed(active, api):
    outcome = makers.OUTCOME | {"response": "stable", "response_on": makers.TODAY().isoformat()}
    answer = api.post(f"/plans/{active.pk}/complete/", outcome, version=active.version)
    assert (answer.status_code, "Record first what became of step" in problem(answer)) == (400, True)


def test_a_plan_is_completed_with_its_outcome(active, api):
    for step in active.steps.all():
        api.post(f"/steps/{step.pk}/skip/", {"reason": "patient_choice"}, version=step.version)
    outcome = makers.OUTCOME | {"response": "stable", "response_on": makers.TODAY().isoformat()}
    answer = api.post(f"/plans/{active.pk}/complete/", outcome, version=active.version)
    assert (answer.status_code, attrs(answer)) == (400, ["nothing_ahead_reason"])
    answer = api.post(f"/plans/{active.pk}/complete/", outcome | makers.NOTHING_AHEAD, version=active.version)
    assert (answer.status_code, answer.json()["status"], answer.json()["response"]) == (200, "completed", "stable")


def test_a_plan_is_revoked_with_a_reason(active, api):
    assert (
        api.post(
            f"/plans/{active.pk}/revoke/", {"reason": " ", "reason_code": "patient_choice"}, version=active.version
        ).status_code
        == 400
    )
    answer = api.post(
        f"/plans/{active.pk}/revoke/",
        {"reason": "Moved abroad", "reason_code": "moved_away", **makers.NOTHING_AHEAD},
        version=active.version,
    )
    assert {step["status"] for step in answer.json()["steps"]} == {"not_done"}


def test_an_active_plan_with_open_steps_is_revoked_not_marked_in_error(active, api):
    answer = api.post(f"/plans/{active.pk}/mark-in-error/", {"reason": "Wrong patient"}, version=active.version)
    assert (answer.status_code, "Revoke it" in problem(answer)) == (400, True)


VERBS = [
    "reorder", "submit", "recall", "discard", "sign", "dissent", "send-back", "release", "amend", "hold", "resume",
    "complete", "revoke", "mark-in-error", "steps",
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_asks_the_door_the_role_and_the_version(verb, active, nina, otto, ana, chloe):
    path = f"/plans/{active.pk}/{verb}/"
    assert Api(otto).post(path, {}, version=active.version).status_code == 404
    assert Api(nina).post(path, {}, version=active.version).status_code == 403
    may = Api(chloe)
    assert may.post(path, {}).status_code == 428
    assert may.post(path, {}, version=active.version + 7).status_code == 412
    assert Plan.objects.get(pk=active.pk).version == active.version
