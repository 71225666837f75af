"""Signing, dissent and the answers to advisories."""

from datetime import UTC, datetime

import pytest

from careplans.models import Advisory, Plan
from careplans.services.signatures import dissent_from_plan
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import (
    MARCH,
    asked,
    drafted,
    figures,
    in_force,
    make_case,
    on,
    share,
    span,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(pages, board, ana, chloe, omar, ravi):
    """Omar signs after 5 hours, Ravi dissents after 30, Chloe releases after 48. Another plan asks and has no answer."""
    makers.require_disciplines(board, "medical_oncology", "radiology")
    with on(3, 2, 9):
        plan = drafted(make_case(board, 1, by=ana), by=ana)
        makers.submit(plan, by=ana)
        makers.submit(drafted(make_case(board, 2, by=ana), by=ana), by=ana)
    with on(3, 2, 14):
        makers.sign(plan, by=omar)
    with on(3, 3, 15):
        plan = Plan.objects.get(pk=plan.pk)
        dissent_from_plan(
            plan,
            by=ravi,
            expected_version=plan.content_version,
            expected_hash=plan.content_hash,
            reason="Surgery first.",
        )
    with on(3, 4, 9):
        makers.release(plan, by=chloe, note="The patient declines surgery.")
        yield plan


def test_hours_run_from_the_request_and_from_the_sending(signed, chloe):
    found = figures(chloe, **MARCH)
    assert span(found["hours-to-sign"]) == (2, 5, 17.5, 30)
    assert span(found["hours-to-release"]) == (1, 48, 48.0, 48)


def test_a_dissent_is_an_answer(signed, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["dissent-rate"]) == (1, 2)
    assert share(found["released-over-dissent"]) == (1, 1)


def test_as_of_the_day_before_the_dissent_there_is_none(signed, chloe):
    found = figures(chloe, as_of="2026-03-02", since="2026-03-01")
    assert share(found["dissent-rate"]) == (0, 1)
    assert found["released-over-dissent"]["share"] is None


@pytest.fixture
def made_advisories(pages, board, ana, chloe, omar):
    """Of one plan: three followed, one kept, one open, one gone unanswered, and one that an amendment carried over."""
    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe)
        Advisory.objects.all().delete()
    fired, later = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)

    def fire(rule, answer="", gone=False, **fields):
        state = "obsolete" if gone else {"": "open", "followed": "followed"}.get(answer, "kept")
        return Advisory.objects.create(
            board=board, case=plan.case, plan=plan, rule=rule, rule_set="seed-1", severity="info", basis="direct", advice="x",
            content_version=1, fired_at=fired, state=state, answer=answer, ended_at=later if gone else None,
            answered_by=omar if answer else None, answered_at=later if answer else None, **fields,
        )  # fmt: skip

    with on(3, 20):
        first = [fire(f"F-{number}", "followed") for number in range(3)][0]
        fire("K-1", "patient_choice")
        fire("O-1")
        fire("G-1", gone=True)
        fire("C-1", "followed", carried_from=first)
    return plan


@pytest.fixture
def advisories(made_advisories):
    with on(3, 25):
        yield made_advisories


def test_what_was_kept_is_a_share_of_what_was_answered(advisories, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["override-rate"]) == (1, 4)
    assert share(found["advisories-unanswered"]) == (1, 6)


def test_what_stands_longer_than_the_period_is_still_without_an_answer(advisories, chloe):
    """The open one fired on 2 March; by the end of April it stands for 59 days."""
    with on(5, 10):
        found = figures(chloe, since="2026-04-01", until="2026-04-30")
    assert share(found["advisories-unanswered"]) == (1, 1)
    assert span(found["days-advisories-unanswered"]) == (1, 59, 59.0, 59)


def test_it_is_told_how_many_of_them_fired_before_the_period(advisories, chloe):
    """Else the scorecard has one unanswered advisory more than the report of answers, and nobody knows why."""
    for since, until, count in (
        ("2026-03-01", "2026-04-30", 0),
        ("2026-03-02", "2026-04-30", 0),
        ("2026-03-03", "2026-04-30", 1),
    ):
        with on(5, 10):
            found = {one["name"]: one for one in asked(chloe, since=since, until=until)["results"]}
        assert found["advisories-unanswered"]["detail"]["open_from_before"]["count"] == count, since


def test_what_was_answered_later_stood_at_the_end_of_an_earlier_period(advisories, chloe):
    """All six stood until the 20th."""
    found = figures(chloe, since="2026-03-01", until="2026-03-15")
    assert share(found["advisories-unanswered"]) == (6, 6)


def test_what_was_answered_on_the_last_day_of_the_period_does_not_stand_at_its_end(advisories, chloe):
    """On the 20th all but the open one."""
    found = figures(chloe, since="2026-03-01", until="2026-03-20")
    assert share(found["advisories-unanswered"]) == (1, 6)
