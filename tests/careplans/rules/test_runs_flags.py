"""A note that opens or closes a content flag brings every open plan up to it, without anybody touching a plan."""

import importlib
import pkgutil
from datetime import date

import pytest
from django.apps import apps

import careplans.migrations
from careplans.models import Advisory, RuleRun
from careplans.rules.runner import work_rule_runs
from careplans.rules.runs import follow_content_flags
from careplans.services.steps import add_step
from modalities.models import Statement, StatementFlag
from tests.careplans import makers

pytestmark = pytest.mark.django_db


def note(state, day):
    for number in ("S26", "S27"):
        statement, _ = Statement.objects.get_or_create(
            number=number, defaults={"line": "39", "kind": "k", "text": "t", "reference": "none"}
        )
        StatementFlag.objects.create(
            statement=statement, state=state, note="n", source="s", noted_on=date(2026, 1, day)
        )


@pytest.fixture
def plan(board, ana, chloe):
    makers.make_modality("PRRT")
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=0)
    add_step(
        plan, by=ana, phase="tumour_control", modality_code="PRRT", goals=["tumour_control"], owner=ana,
        planned_start=makers.TODAY(),
    )  # fmt: skip
    makers.submit(plan, by=ana)
    return makers.release(plan, by=chloe)


def fires(plan):
    return Advisory.objects.filter(plan=plan, rule="AVL-01").standing().exists()


def test_nothing_is_queued_while_the_flag_is_as_it_was(plan):
    assert follow_content_flags() is None
    assert fires(plan)


def test_a_closed_flag_ends_the_advisory_of_a_signed_plan(plan):
    note("current", 1)
    run = follow_content_flags()
    work_rule_runs()
    run.refresh_from_db()
    assert (run.state, run.done, run.requested_by) == ("done", 1, None)
    assert not fires(plan)


def test_two_ticks_queue_one_run(plan):
    note("current", 1)
    assert follow_content_flags()
    assert follow_content_flags() is None
    assert RuleRun.objects.count() == 1


def test_opened_again_it_fires_again(plan):
    note("current", 1)
    follow_content_flags()
    work_rule_runs()
    note("outdated", 2)
    assert follow_content_flags()
    work_rule_runs()
    assert fires(plan)


def migration():
    found = next(name for _, name, _ in pkgutil.iter_modules(careplans.migrations.__path__) if "contradictions" in name)
    return importlib.import_module(f"careplans.migrations.{found}")


def test_an_upgrade_has_every_open_plan_looked_at_again(plan):
    Advisory.objects.filter(plan=plan).delete()
    migration().look_at_open_plans_again(apps, None)
    while work_rule_runs():
        pass
    assert fires(plan)
    assert RuleRun.objects.get().state == "done"


def test_an_upgrade_without_plans_has_nothing_to_look_at(db):
    migration().look_at_open_plans_again(apps, None)
    assert not RuleRun.objects.exists()
