"""Two people take a template at the same moment."""

import pytest

from careplans.models import Plan, Step
from careplans.services.plan_templates import apply_template, draft_from_template
from careplans.services.plans import draft_plan
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import in_force

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
        many = Step.objects.filter(plan=plan).count()
        assert met.is_clean and met.won[1] and many == (3 if met.won[0] else 1), met


def test_two_who_start_at_once_start_one_plan(track, board, ana, chloe):
    row, case = in_force(), makers.make_case(board, by=ana)

    def start(by):
        return lambda: draft_from_template(case, row, by=by)

    for met in track.rounds(start(ana), start(chloe)):
        assert met.is_clean and sum(met.won) == 1, met
        assert Plan.objects.filter(case=case).count() == 1, met
