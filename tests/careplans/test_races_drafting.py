"""Two people work on one draft at the same moment: whoever comes second waits, and then sees what the first one did."""

import pytest

from careplans.models import Plan, RuleRun, Step
from careplans.rules.runner import work_rule_runs
from careplans.rules.runs import queue
from careplans.services.plan_copies import copy_plan
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan, draft_plan, edit_plan, submit_plan
from careplans.services.signatures import sign_plan
from careplans.services.step_restoring import restore_step
from careplans.services.steps import edit_step, move_in_order, remove_step, reorder_steps
from tests.careplans import makers
from tests.careplans.test_superseded_guidance import publish

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = ("Conflict", "ValidationError")


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=3)


def now(row):
    return type(row).objects.get(pk=row.pk)


def in_order(plan):
    return list(Step.objects.filter(plan=plan, removed_at=None).order_by("position").values_list("pk", flat=True))


def test_a_step_that_is_removed_while_the_order_changes_leaves_no_gap_in_it(track, draft, ana, omar):
    one, two, three = in_order(draft)

    def reorder():
        return reorder_steps(now(draft), [[three], [two], [one]], by=ana)

    def remove():
        return remove_step(Step.objects.get(pk=two), by=omar)

    for met in track.rounds(reorder, remove):
        assert met.is_clean, str(met)
        # An order with a step that is gone is refused; one that was saved before stays, and closes up.
        reordered, removed = (outcome.kind for outcome in met.outcomes)
        assert (reordered in ("won", "Conflict"), removed) == (True, "won"), str(met)
        assert in_order(draft) == ([three, one] if reordered == "won" else [one, three]), str(met)
        assert set(Step.objects.filter(plan=draft, removed_at=None).values_list("position", flat=True)) == {1, 2}, str(
            met
        )


def test_of_two_moves_by_button_neither_is_undone_in_silence(track, draft, ana, omar):
    one, two, three = in_order(draft)

    def one_down():
        return move_in_order(now(draft), Step.objects.get(pk=one), "down", by=ana)

    def three_up():
        return move_in_order(now(draft), Step.objects.get(pk=three), "up", by=omar)

    for met in track.rounds(one_down, three_up):
        assert met.is_clean, str(met)
        if all(met.won):
            assert in_order(draft) in ([three, one, two], [two, three, one]), str(met)


def test_of_sign_and_edit_no_signature_stays_on_a_content_that_nobody_saw(track, board, draft, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(draft, by=ana)
    seen = {"expected_version": plan.content_version, "expected_hash": plan.content_hash}

    def sign():
        return sign_plan(now(plan), by=omar, **seen)

    def edit():
        return edit_plan(now(plan), {"aim": "edited at the same time"}, by=ana)

    for met in track.rounds(sign, edit):
        assert met.is_clean, str(met)
        signed, edited = (outcome.kind for outcome in met.outcomes)
        assert (signed in ("won", *REFUSED), edited) == (True, "won"), str(met)
        assert not plan.signatures.current().exists(), str(met)
        assert (now(plan).status, now(plan).aim) == ("draft", "edited at the same time"), str(met)


def test_a_step_that_is_edited_while_its_plan_is_submitted_is_not_signed_unseen(track, draft, ana, omar):
    """The submission lets the steps rest on a newer page, so it writes the same rows as the edit."""
    publish(2, matters=False)
    step = draft.steps.first()

    def submit():
        return submit_plan(now(draft), by=ana, expected_version=draft.version)

    def edit():
        return edit_step(now(step), {"rationale": "edited at the same time"}, by=omar)

    for met in track.rounds(submit, edit):
        assert met.is_clean, str(met)
        submitted, edited = (outcome.kind for outcome in met.outcomes)
        assert (submitted in ("won", *REFUSED), edited) == (True, "won"), str(met)
        assert (now(draft).status, now(step).rationale) == ("draft", "edited at the same time"), str(met)


def test_of_two_first_plans_at_once_one_is_begun(track, case, ana, omar):
    for met in track.rounds(lambda: draft_plan(now(case), by=ana), lambda: draft_plan(now(case), by=omar)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert Plan.objects.filter(case=case).count() == 1, str(met)


def test_of_two_amendments_at_once_one_is_begun(track, case, ana, omar, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)

    def amend(by):
        return lambda: amend_plan(now(plan), by=by, reason="Progression")

    for met in track.rounds(amend(ana), amend(omar)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert Plan.objects.filter(amends=plan).count() == 1, str(met)


def test_an_amendment_is_edited_while_new_rules_reach_it_and_its_plan(track, case, ana, chloe):
    """A run holds many plans at once. An amendment points at the plan before it, which the run may hold already."""
    new = amend_plan(makers.make_active_plan(case, by=ana, chair=chloe), by=ana, reason="Progression")
    queue(None, RuleRun.Purpose.APPLY, by=None)

    def edit():
        return edit_plan(now(new), {"aim": "edited at the same time"}, by=ana)

    for met in track.rounds(edit, lambda: work_rule_runs(0), count=100):
        assert met.is_clean and all(met.won), str(met)
        assert now(new).aim == "edited at the same time", str(met)


def test_two_who_add_a_step_at_once_add_two_one_after_the_other(track, draft, ana, omar):
    def adds(by):
        return lambda: makers.add_step(
            now(draft),
            by=by,
            phase="tumour_control",
            modality_code="OSA",
            goals=["tumour_control"],
            description=by.name,
        )

    for met in track.rounds(adds(ana), adds(omar)):
        assert met.is_clean, str(met)
        assert [outcome.kind for outcome in met.outcomes] == ["won", "won"], str(met)
        positions = (
            Step.objects.filter(plan=draft, removed_at=None).order_by("position").values_list("position", flat=True)
        )
        assert list(positions) == [1, 2, 3, 4, 5], str(met)


def test_a_step_that_comes_back_while_the_order_changes_stands_in_it_once(track, draft, ana, omar):
    one, two, three = in_order(draft)
    remove_step(Step.objects.get(pk=two), by=ana)

    def restore():
        return restore_step(Step.objects.get(pk=two), by=ana)

    def reorder():
        return reorder_steps(now(draft), [[three], [one]], by=omar)

    for met in track.rounds(restore, reorder):
        assert met.is_clean, str(met)
        restored, reordered = (outcome.kind for outcome in met.outcomes)
        assert (restored, reordered in ("won", "Conflict")) == ("won", True), str(met)
        assert sorted(in_order(draft)) == sorted([one, two, three]), str(met)
        positions = Step.objects.filter(plan=draft, removed_at=None).values_list("position", flat=True)
        assert set(positions) == {1, 2, 3}, str(met)


def test_of_two_drafts_from_an_earlier_plan_there_is_one(track, case, ana, omar, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="she waits",
        ahead=makers.NOTHING_AHEAD,
    )

    for met in track.rounds(lambda: copy_plan(now(plan), by=ana), lambda: copy_plan(now(plan), by=omar)):
        assert met.is_clean, str(met)
        assert sorted(outcome.kind for outcome in met.outcomes) == ["ValidationError", "won"], str(met)
        assert Plan.objects.filter(case=case, status="draft").count() == 1, str(met)
