"""Two people take a template, or decide on one, at the same moment."""

from dataclasses import replace

import pytest

from careplans.models import Plan, PlanTemplateVersion, Step
from careplans.plan_templates import drafts, reviewing
from careplans.services.plan_templates import apply_template, draft_from_template
from careplans.services.plans import draft_plan
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import CONTENT, in_force
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_fill_one_draft_at_once_fill_it_once(track, board, ana, chloe):
    row = in_force()
    plan = draft_plan(makers.make_case(board, by=ana), by=ana)

    def fill(by):
        return lambda: apply_template(Plan.objects.get(pk=plan.pk), row, by=by, expected_version=plan.version)

    for met in track.rounds(fill(ana), fill(chloe)):
        assert met.is_clean and sum(met.won) == 1, met
        assert Step.objects.filter(plan=plan).count() == 2, met


def test_a_template_never_lands_beside_a_step_of_somebody_else(track, board, ana, chloe):
    row = in_force()
    plan = draft_plan(makers.make_case(board, by=ana), by=ana)

    def fill():
        return apply_template(Plan.objects.get(pk=plan.pk), row, by=ana)

    def add():
        return add_step(Plan.objects.get(pk=plan.pk), by=chloe, phase="surveillance", modality_code="SURG")

    for met in track.rounds(fill, add):
        places = list(Step.objects.filter(plan=plan).order_by("position").values_list("position", flat=True))
        # Added after the template it stands at the end; before it, the template is refused.
        assert met.is_clean and met.won[1] and places == ([1, 2, 3] if met.won[0] else [1]), met


def test_two_who_start_at_once_start_one_plan(track, board, ana, chloe):
    row, case = in_force(), makers.make_case(board, by=ana)

    def start(by):
        return lambda: draft_from_template(case, row, by=by)

    for met in track.rounds(start(ana), start(chloe)):
        assert met.is_clean and sum(met.won) == 1, met
        assert Plan.objects.filter(case=case).count() == 1, met


def test_two_who_approve_at_once_approve_once(track, edda):
    stands = in_force(steps=[{k: v for k, v in one.items() if k != "sources"} for one in CONTENT["steps"]])
    draft = drafts.begin_version(stands.template, by=edda)
    draft = drafts.change(draft, lambda one: replace(one, aim="Another"), by=edda, expected_version=draft.version)
    draft = drafts.send_to_review(draft, by=edda, expected_version=draft.version, change_note="x")
    people = [make_user(f"{name}@consilium.example", name, is_content_approver=True) for name in ("Abel", "Berta")]

    def approve(by):
        return lambda: reviewing.publish(
            PlanTemplateVersion.objects.get(pk=draft.pk), by=by, expected_version=draft.version
        )

    for met in track.rounds(*map(approve, people)):
        assert met.is_clean and sum(met.won) == 1, met
        states = PlanTemplateVersion.objects.order_by("number").values_list("state", flat=True)
        assert list(states) == ["superseded", "published"], met


def test_approving_and_sending_back_at_once_does_one_of_the_two(track, edda):
    stands = in_force(steps=[{k: v for k, v in one.items() if k != "sources"} for one in CONTENT["steps"]])
    draft = drafts.begin_version(stands.template, by=edda)
    draft = drafts.change(draft, lambda one: replace(one, aim="Another"), by=edda, expected_version=draft.version)
    draft = drafts.send_to_review(draft, by=edda, expected_version=draft.version, change_note="x")
    abel = make_user("abel@consilium.example", "Abel", is_content_approver=True)

    def fresh():
        return PlanTemplateVersion.objects.get(pk=draft.pk)

    def approve():
        return reviewing.publish(fresh(), by=abel, expected_version=draft.version)

    def back():
        return reviewing.send_back(fresh(), by=abel, expected_version=draft.version, comment="no")

    for met in track.rounds(approve, back):
        assert met.is_clean and sum(met.won) == 1, met
