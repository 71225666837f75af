"""For editors: which templates are used, and where plans departed from them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careplans.models import Plan, Step
from careplans.reports.in_use.templates import departures_of, versions_in_use
from careplans.services.plan_templates import draft_from_template
from careplans.services.steps import add_step, edit_step, remove_step, reorder_steps
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import in_force

pytestmark = pytest.mark.django_db


def step(key, place, modality, goal):
    return {
        "key": key, "place": place, "phase": "tumour_control", "modality": modality, "goals": [goal], "owner": "surgery",
        "start": place,
    }  # fmt: skip


STEPS = [step("s1", 1, "SURG", "cure"), step("s2", 2, "OSA", "tumour_control"), step("s3", 3, "PRRT", "tumour_control")]


@pytest.fixture
def version(db):
    for code in ("OSA", "PRRT"):
        makers.make_modality(code)
    return in_force(steps=STEPS)


def taken(board, version, ana, number=1):
    case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    plan = draft_from_template(case, version, by=ana).plan
    return plan, list(Step.objects.filter(plan=plan).order_by("position"))


def sent(plan):
    """As if it had gone to sign-off: what it needs for that is no matter here."""
    Plan.objects.filter(pk=plan.pk).update(status="in_signoff", content_hash="0" * 64)
    return plan.pk


def test_versions_are_counted_by_the_state_of_their_plans(version, board, ana):
    taken(board, version, ana)
    sent(taken(board, version, ana, 2)[0])
    [use] = versions_in_use()
    assert (use.plans, [(code, number) for code, _, number in use.states]) == (2, [("draft", 1), ("in_signoff", 1)])


def test_a_plan_that_follows_the_template_departs_from_nothing(version, board, ana):
    sent(taken(board, version, ana)[0])
    found = departures_of(version)
    assert (found.looked_at, found.order, found.added) == (1, [], [])
    assert all(not keys for one in found.steps for _, keys in one.kinds)


def test_each_departure_is_told_at_its_step(version, board, ana):
    plan, (first, second, third) = taken(board, version, ana)
    remove_step(first, by=ana)
    second.refresh_from_db()
    edit_step(second, {"modality": "PRRT"}, by=ana)
    edit_step(third, {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}, by=ana)
    add_step(plan, by=ana, phase="surveillance", modality_code="OTHER", description="Look again")
    pk = sent(plan)
    found = departures_of(version)
    by_key = {one.shown.own.key: one for one in found.steps}
    assert by_key["s1"].left_out == by_key["s2"].modality == by_key["s3"].course == found.added == [pk]
    assert found.added_modalities == [("Other", 1)] and found.order == []


def test_another_order_is_told(version, board, ana):
    plan, (first, second, third) = taken(board, version, ana)
    reorder_steps(plan, [[third.pk], [first.pk, second.pk]], by=ana)
    assert departures_of(version).order == [] and [sent(plan)] == departures_of(version).order


def test_drafts_are_not_compared(version, board, ana):
    plan, (first, *_) = taken(board, version, ana)
    remove_step(first, by=ana)
    assert departures_of(version).looked_at == 0


def test_only_who_may_see_a_plan_gets_a_link(client, version, board, ana, edda):
    plan, (first, *_) = taken(board, version, ana)
    remove_step(first, by=ana)
    sent(plan)
    url = reverse("careplans:template_departures", args=[version.template.slug, 1])
    link = reverse("careplans:plan", args=[plan.pk])
    client.force_login(edda)
    shown = client.get(url).content.decode()
    assert "Left out:" in shown and "1 plan" in shown and link not in shown and "Ileal" not in shown
    ana.is_content_editor = True
    ana.save()
    client.force_login(ana)
    assert link in client.get(url).content.decode()


def test_it_takes_as_many_queries_for_twelve_plans_as_for_two(client, version, board, ana):
    ana.is_content_editor = True
    ana.save()
    client.force_login(ana)
    urls = [
        reverse("careplans:template_use"),
        reverse("careplans:template_departures", args=[version.template.slug, 1]),
    ]

    def asked():
        with CaptureQueriesContext(connection) as queries:
            for url in urls:
                client.get(url)
        return len(queries)

    for number in range(2):
        plan, (first, *_) = taken(board, version, ana, number)
        remove_step(first, by=ana)
        sent(plan)
    asked()
    two = asked()
    for number in range(2, 12):
        plan, (first, *_) = taken(board, version, ana, number)
        remove_step(first, by=ana)
        sent(plan)
    assert asked() == two
