"""The pages of plans, steps and sign-off, through the browser's door."""

import html
import json
import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Plan, Signature, Step
from careplans.services import step_progress
from tests.careplans import makers

pytestmark = pytest.mark.django_db
FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"careplans:{name}", args=args)


@pytest.fixture
def case(board, ana, chloe, omar, ravi):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=2)


@pytest.fixture
def asked(board, draft, ana):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.submit(draft, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2)


def test_a_member_starts_a_draft(case, omar):
    response = browser(omar).post(url("plan_new", case.pk))
    assert response.url == url("plan_edit", Plan.objects.get().pk)


def test_an_observer_starts_none(case, nina):
    assert browser(nina).post(url("plan_new", case.pk)).status_code == 403
    assert not Plan.objects.exists()


def test_another_board_finds_no_plan(draft, otto):
    assert browser(otto).get(url("plan", draft.pk)).status_code == 404


def test_reading_a_plan_is_audited(draft, omar):
    browser(omar).get(url("plan", draft.pk))
    assert (
        AuditEvent.objects.filter(actor=omar, action="read", subject_type="plan", subject_id=str(draft.pk)).count() == 1
    )


def test_a_new_step_leads_to_its_page(draft, omar):
    response = browser(omar).post(
        url("step_new", draft.pk), {"phase": "adjuvant", "modality": "OTHER", "description": "Watch"}
    )
    step = Step.objects.get(description="Watch")
    assert response.url == url("step_edit", step.pk)
    assert step.position == 3


@pytest.mark.parametrize(
    ("phase", "modality", "goals"),
    [
        ("symptom_control", "OSA", ["symptom_control"]), ("debulking", "RFA", ["debulking"]),
        ("surveillance", "OTHER", ["monitoring"]), ("symptom_control", "OTHER", []),
    ],
)  # fmt: skip
def test_the_goals_of_a_new_step_begin_with_its_phase(draft, omar, phase, modality, goals):
    """Of “other” nobody knows what it does for the goal of its phase."""
    if modality == "RFA":
        makers.make_modality("RFA")
    browser(omar).post(url("step_new", draft.pk), {"phase": phase, "modality": modality, "description": "Watch"})
    assert Step.objects.get(description="Watch").goals == goals


def test_a_step_of_modality_other_says_what_exactly(draft, omar):
    response = browser(omar).post(
        url("step_new", draft.pk), {"phase": "adjuvant", "modality": "OTHER", "description": ""}
    )
    assert response.status_code == 400
    assert "Say what exactly" in response.content.decode()


def test_a_step_is_saved_as_it_is_typed(draft, omar):
    step = draft.steps.first()
    answer = (
        browser(omar)
        .post(
            url("step_save", step.pk),
            {"rationale": "Because of the flushing", "base-rationale": step.rationale},
            **FETCH,
        )
        .json()
    )
    step.refresh_from_db()
    assert answer["saved"] == {"rationale": "Because of the flushing"}
    assert step.rationale == "Because of the flushing"


def test_two_at_one_step_both_keep_their_words(draft, omar, ravi):
    step = draft.steps.first()
    seen = {"base-rationale": step.rationale}
    browser(omar).post(url("step_save", step.pk), {"rationale": "Omar's reason", **seen}, **FETCH)
    answer = browser(ravi).post(url("step_save", step.pk), {"rationale": "Ravi's reason", **seen}, **FETCH).json()
    assert answer["conflicts"]["rationale"]["theirs"] == "Omar's reason"
    assert answer["conflicts"]["rationale"]["mine"] == "Ravi's reason"
    assert answer["conflicts"]["rationale"]["by"] == "Omar Oncologist"
    assert Step.objects.get(pk=step.pk).rationale == "Omar's reason"


@pytest.mark.parametrize("typed", ["2.5", "2.5 cm", "abc"])
def test_a_size_is_in_whole_millimetres(draft, omar, typed):
    step = draft.steps.first()
    answer = (
        browser(omar)
        .post(
            url("step_save", step.pk),
            {"target_mm": typed, "base-target_mm": "", "only_if": "Ki-67 confirmed", "base-only_if": ""},
            **FETCH,
        )
        .json()
    )
    assert answer["errors"]["target_mm"] == ["Use whole millimetres: 25, not 2.5 cm."]
    assert answer["saved"] == {"only_if": "Ki-67 confirmed"}


def test_goals_can_be_emptied(draft, omar):
    step = draft.steps.first()
    browser(omar).post(url("step_save", step.pk), {"goals": "", "base-goals": "symptom_control"}, **FETCH)
    assert Step.objects.get(pk=step.pk).goals == []


def test_an_edit_in_signoff_says_that_signatures_are_void(asked, omar, ravi):
    makers.sign(asked, by=omar)
    answer = (
        browser(ravi).post(url("plan_save", asked.pk), {"aim": "Something else", "base-aim": asked.aim}, **FETCH).json()
    )
    assert "1 signature was voided" in answer["message"]
    assert Plan.objects.get(pk=asked.pk).status == "draft"


def seen_on_page(user, step):
    """The hidden `base-…` inputs that a browser without script sends back."""
    page = browser(user).get(url("step_edit", step.pk)).content.decode()
    return {name: html.unescape(value) for name, value in re.findall(r'name="(base-[a-z_]+)" value="([^"]*)"', page)}


def test_without_script_the_whole_form_is_saved(draft, omar):
    step = draft.steps.first()
    data = seen_on_page(omar, step) | {
        "phase": step.phase, "modality": "OSA", "goals": ["cure"], "target": "liver", "target_mm": "24",
        "owner": step.owner_id, "planned_start": "2027-01-04", "planned_end": "", "after_step": "",
        "rationale": "typed", "description": "",
    }  # fmt: skip
    assert browser(omar).post(url("step_save", step.pk), data).url == url("plan_edit", draft.pk)
    step.refresh_from_db()
    assert (step.goals, step.target_mm, step.rationale) == (["cure"], 24, "typed")


def test_without_script_a_colleagues_words_are_not_overwritten(draft, omar, ravi):
    step = draft.steps.first()
    data = seen_on_page(ravi, step)
    assert data["base-rationale"] == "first the flushing"
    browser(omar).post(
        url("step_save", step.pk), {"rationale": "Omar's reason", "base-rationale": step.rationale}, **FETCH
    )
    data |= {name.removeprefix("base-"): value for name, value in data.items()} | {"rationale": "Ravi's reason"}
    answer = browser(ravi).post(url("step_save", step.pk), data)
    assert answer.status_code == 400
    text = html.unescape(answer.content.decode())
    assert "Omar Oncologist changed this to “Omar's reason” while you were typing" in text
    assert "Ravi's reason" in text
    assert Step.objects.get(pk=step.pk).rationale == "Omar's reason"
    again = browser(ravi).post(url("step_save", step.pk), data | {"base-rationale": "Omar's reason"})
    assert again.status_code == 302
    assert Step.objects.get(pk=step.pk).rationale == "Ravi's reason"


def test_the_order_is_saved_whole(draft, omar):
    first, second = draft.steps.order_by("position")
    response = browser(omar).post(
        url("steps_reorder", draft.pk), {"order": json.dumps([[second.pk], [first.pk]])}, **FETCH
    )
    assert response.json()["version"] > draft.version
    assert list(Step.objects.filter(plan=draft).order_by("position")) == [second, first]


@pytest.mark.parametrize("order", ["", "{}", '[[1,"x"]]', "[1]", "null", "[[true]]"])
def test_an_order_that_cannot_be_read_changes_nothing(draft, omar, order):
    assert browser(omar).post(url("steps_reorder", draft.pk), {"order": order}, **FETCH).status_code == 400


def test_an_order_of_other_steps_is_a_conflict(draft, omar):
    first = draft.steps.first()
    response = browser(omar).post(url("steps_reorder", draft.pk), {"order": json.dumps([[first.pk]])}, **FETCH)
    assert response.status_code == 409
    assert "Reload the page" in response.json()["message"]


@pytest.mark.parametrize("direction", ["up", "down", "join", "part", "sideways"])
def test_a_step_moves_by_button(draft, omar, direction):
    step = draft.steps.order_by("position").last()
    assert browser(omar).post(url("step_move", step.pk), {"direction": direction}).status_code == 302


def test_an_incomplete_plan_says_what_is_missing(case, ana):
    plan = makers.make_plan(case, by=ana)
    Step.objects.filter(plan=plan).update(owner=None)
    response = browser(ana).post(url("plan_submit", plan.pk), {"version": plan.version}, follow=True)
    assert "needs an owner" in response.content.decode()
    assert Plan.objects.get(pk=plan.pk).status == "draft"


def test_a_discipline_without_anybody_is_told_at_once(board, draft, ana):
    makers.require_disciplines(board, "pathology", "medical_oncology")
    page = browser(ana).post(url("plan_submit", draft.pk), {"version": draft.version}, follow=True).content.decode()
    assert "Nobody on this board can sign for pathology" in page
    assert "Nobody on this board can sign for medical oncology" not in page


def test_signing_takes_one_button(asked, omar):
    page = browser(omar).get(url("signoff", asked.pk)).content.decode()
    assert "Sign this plan" in page
    data = {
        "answer": "sign",
        "content_version": asked.content_version,
        "content_hash": asked.content_hash,
        "comment": "",
    }
    assert browser(omar).post(url("signoff", asked.pk), data).status_code == 302
    assert Signature.objects.get(plan=asked, discipline="medical_oncology").signer == omar


def test_a_stale_page_does_not_sign(asked, omar):
    data = {"answer": "sign", "content_version": asked.content_version, "content_hash": "f" * 64, "comment": "my words"}
    response = browser(omar).post(url("signoff", asked.pk), data)
    assert response.status_code == 400
    assert "The plan changed after the version that you saw" in response.content.decode()
    assert "my words" in response.content.decode()


def test_a_dissent_without_a_reason_is_asked_for_it(asked, omar):
    data = {
        "answer": "dissent",
        "content_version": asked.content_version,
        "content_hash": asked.content_hash,
        "comment": "",
    }
    response = browser(omar).post(url("signoff", asked.pk), data)
    assert "Give a reason for your dissent" in response.content.decode()


def test_extra_fields_in_the_body_change_nothing(asked, omar, ravi):
    data = {
        "answer": "sign", "content_version": asked.content_version, "content_hash": asked.content_hash, "comment": "",
        "signer": ravi.pk, "signed_by": ravi.pk, "discipline": "surgery", "status": "approved", "id": 1, "board": 99,
    }  # fmt: skip
    browser(omar).post(url("signoff", asked.pk), data)
    assert Signature.objects.get(signer__isnull=False).signer == omar


def test_the_chair_releases_from_the_signoff_page(asked, omar, ravi, chloe):
    makers.sign(asked, by=omar)
    makers.sign(asked, by=ravi)
    plan = Plan.objects.get(pk=asked.pk)
    data = {"version": plan.version, "content_hash": plan.content_hash, "note": ""}
    assert browser(chloe).post(url("plan_release", plan.pk), data).url == url("plan", plan.pk)
    assert Plan.objects.get(pk=plan.pk).status == "active"


def test_a_member_cannot_release(asked, omar):
    data = {"version": asked.version, "content_hash": asked.content_hash, "note": ""}
    assert browser(omar).post(url("plan_release", asked.pk), data).status_code == 403


def test_a_signature_is_delegated_and_keeps_its_discipline(board, asked, omar, ravi, chloe):
    type(board).objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    wanted = Signature.objects.get(plan=asked, discipline="medical_oncology")
    browser(omar).post(url("delegate", asked.pk, wanted.pk), {"to": chloe.pk})
    makers.sign(asked, by=chloe)
    wanted.refresh_from_db()
    assert (wanted.signer, wanted.signed_discipline, wanted.status) == (chloe, "medical_oncology", "approved")


def test_the_author_signs_only_for_their_own_discipline(board, ana, omar, ravi):
    """Omar wrote the plan: radiology cannot be delegated to him, although the board lets others answer."""
    type(board).objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    makers.require_disciplines(board, "medical_oncology", "radiology")
    case = makers.make_case(board, by=ana, record_number="SYN-2")
    plan = makers.submit(makers.make_plan(case, by=omar), by=omar)
    wanted = Signature.objects.get(plan=plan, discipline="radiology")
    page = browser(ravi).post(url("delegate", plan.pk, wanted.pk), {"to": omar.pk}).content.decode()
    assert "The author of a plan signs only for their own discipline" in page
    assert makers.sign(plan, by=omar).discipline == "medical_oncology"
    assert Signature.objects.get(pk=wanted.pk).status == "pending"


def test_recording_a_completion(active, ana):
    step = active.steps.order_by("position").first()
    step = step_progress.start_step(step, by=ana, expected_version=step.version, on=makers.TODAY())
    data = {
        "verb": "complete",
        "version": step.version,
        "on": makers.TODAY().isoformat(),
        "fulfilment": "partial",
        "outcome": "Stable",
    } | makers.OUTCOME
    assert browser(ana).post(url("step_deliver", step.pk), data).status_code == 302
    step.refresh_from_db()
    assert (step.status, step.fulfilment, step.outcome) == ("completed", "partial", "Stable")


def test_a_stale_record_keeps_what_was_typed(active, ana):
    step = active.steps.order_by("position").first()
    data = {"verb": "skip", "version": step.version + 7, "reason": "progression", "reason_note": "seen on CT"}
    response = browser(ana).post(url("step_deliver", step.pk), data)
    assert response.status_code == 400
    assert "seen on CT" in response.content.decode()
    assert "Someone changed this step" in response.content.decode()
    again = re.search(rf'name="version" value="{step.version}"', response.content.decode())
    assert again, "the second try must carry the version that stands"


def test_starting_out_of_order_asks_why(active, ana):
    step = active.steps.order_by("position").last()
    data = {
        "verb": "start",
        "version": step.version,
        "on": makers.TODAY().isoformat(),
        "due_on": "2030-01-01",
        "why": "",
    }
    assert "Out of order" in browser(ana).post(url("step_deliver", step.pk), data).content.decode()
    assert browser(ana).post(url("step_deliver", step.pk), data | {"why": "The slot came free"}).status_code == 302


def test_a_plan_is_put_on_hold_with_its_reason(active, ana):
    data = {"verb": "hold", "version": active.version, "reason": "Pneumonia"}
    assert browser(ana).post(url("plan_close", active.pk), data).status_code == 302
    assert Plan.objects.get(pk=active.pk).status == "on_hold"


def test_completing_with_open_steps_says_which(active, ana):
    data = {"verb": "complete", "version": active.version} | makers.OUTCOME
    response = browser(ana).post(url("plan_close", active.pk), data)
    assert response.status_code == 400
    assert "Record first what became of step 1" in response.content.decode()


def test_amending_leads_to_a_draft_that_can_be_compared(active, ana):
    response = browser(ana).post(url("plan_amend", active.pk), {"reason": "Progression", "version": active.version})
    new = Plan.objects.get(amends=active)
    assert response.url == url("plan_edit", new.pk)
    browser(ana).post(
        url("step_save", new.steps.first().pk),
        {"rationale": "a word more", "base-rationale": "first the flushing"},
        **FETCH,
    )
    assert "added: " in browser(ana).get(url("plan_compare", new.pk)).content.decode()


@pytest.mark.parametrize("name", ["plan", "plan_edit", "plan_print", "signoff"])
def test_the_number_of_queries_does_not_grow(name, case, ana, omar, django_assert_max_num_queries, client):
    counts = []
    plan = makers.make_plan(case, by=ana, steps=2)
    for more in (0, 10):
        for number in range(more):
            makers.add_step(
                plan, by=ana, phase="adjuvant", modality_code="OSA", goals=["cure"], owner=omar, description=str(number)
            )
        client.force_login(omar)
        client.get(url(name, plan.pk))
        # The editor of a draft asks once more than the others: what was taken out of it.
        with django_assert_max_num_queries(22) as queries:
            assert client.get(url(name, plan.pk)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_times_are_those_of_the_board(board, draft, omar):
    """22:30 UTC on 1 July is half past midnight on 2 July in Berlin."""
    type(board).objects.filter(pk=board.pk).update(time_zone="Europe/Berlin")
    Plan.objects.filter(pk=draft.pk).update(created_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    assert "on 2 Jul 2026" in browser(omar).get(url("plan", draft.pk)).content.decode()
