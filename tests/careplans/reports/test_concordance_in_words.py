"""Planned against delivered of steps that depend on something in words, and of cycles after an end: worked out by hand."""

import pytest

from careplans.models import Arm, Patient, Step
from careplans.services.care_ends import record_death, record_transfer
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step
from tests.careplans.api import Api
from tests.careplans.reports.delivering import CYCLES, ONGOING, asked, by_step, classes, day, on, rows

pytestmark = pytest.mark.django_db
GROWTH = {"only_if": "growth of more than 5 mm"}


def cells(person, step, *names, report="concordance-cycles", **params):
    found = [row["cells"] for row in rows(person, report, **params) if row["cells"]["step_id"] == step.pk]
    return [tuple(one[name] for name in names) for one in sorted(found, key=lambda one: one.get("number", 0))]


def died(case, *at, by, **when):
    with on(*at):
        patient = Patient.objects.get(pk=case.patient_id)
        told = {"year": None, "month": None, "day": None} | when
        record_death(patient, by=by, expected_version=patient.version, source="a letter", **told)


def moved(case, *recorded, by, at):
    with on(*recorded):
        patient = Patient.objects.get(pk=case.patient_id)
        told = {"to_centre": "Uppsala", "taken_over_by": "Dr Falk", "confirmed": "yes"}
        record_transfer(patient, by=by, expected_version=patient.version, on=at, **told)


@pytest.mark.parametrize(("values", "departure", "off"), [(GROWTH, None, None), ({}, "earlier", -186)])
def test_a_step_whose_condition_in_words_came_early_is_not_early(delivery, chloe, values, departure, off):
    """Planned for 12 September; it began on 10 March, 186 days before."""
    step = delivery.one(code="SURG", start=(9, 12), **values)
    delivery.start(step, 3, 10)
    delivery.complete(step, 3, 11)
    cell = by_step(rows(chloe, "concordance"))[step.pk]
    found = "otherwise" if departure else "as_planned"
    assert (cell["class"], cell["departure"], cell["days_off"]) == (found, departure, off)
    assert asked(chloe, "concordance", by="")["total"]["days_late"]["count"] == (1 if departure else 0)


@pytest.mark.parametrize("begun", [(3, 10), (6, 2)])
def test_cycles_of_such_a_step_are_held_against_the_day_on_which_it_began(delivery, chloe, begun):
    """Planned for 5 May and 2 June; begun 56 days before, or 28 days after."""
    step = delivery.one(code="CHEMO", start=(5, 5), **(CYCLES | GROWTH))
    delivery.give(step, 1, *begun, move_later=True)
    assert cells(chloe, step, "class", "days_off")[0] == ("as_planned", 0)
    second = day(*begun).toordinal() + 28 + 9  # Nine days late: more than a week.
    given = day(*begun).fromordinal(second)
    delivery.give(step, 2, given.month, given.day)
    assert cells(chloe, step, "class", "days_off", at=(7, 30))[1] == ("otherwise", 9)


def test_what_an_amendment_signed_since_is_held_against_its_own_day(delivery, chloe):
    """Begun on 10 March instead of 5 May; amended on 20 March with the second for 7 April, and given then."""
    step = delivery.one(code="CHEMO", start=(5, 5), **(CYCLES | GROWTH))
    delivery.give(step, 1, 3, 10, move_later=True)
    delivery.release_on(delivery.amend(step, 3, 20), 3, 20)
    again = Step.objects.get(carried_from=step)
    delivery.give(again, 2, 4, 7)
    assert cells(chloe, again, "class", "days_off") == [("as_planned", 0), ("as_planned", 0)]


@pytest.mark.parametrize(("values", "found"), [(GROWTH, "conditional"), ({}, "fell_away")])
@pytest.mark.parametrize("how", ["died", "moved_away"])
def test_a_death_or_a_transfer_in_time_misses_nothing(delivery, ana, chloe, values, found, how):
    """Planned for 10 March and 7 April, ended on 13 March, the last of the three days of grace."""
    step = delivery.one(code="CHEMO", **(CYCLES | values))
    if how == "died":
        died(step.case, 3, 25, by=ana, year=2026, month=3, day=13)
    else:
        moved(step.case, 3, 25, by=chloe, at=day(3, 13))
    assert cells(chloe, step, "class", "reason", report="concordance") == [(found, how)]
    assert cells(chloe, step, "class", "reason") == [(found, how)] * 2
    total = asked(chloe, "concordance", by="")["total"]
    cycles = asked(chloe, "concordance-cycles", by="")["total"]
    assert (total["followed"]["among"], cycles["followed"]["among"]) == (0, 0)


@pytest.mark.parametrize(
    ("start", "at", "found"), [((3, 17), 20, "fell_away"), ((3, 16), 20, "not_done"), ((3, 17), 21, "not_done")]
)
@pytest.mark.parametrize("how", ["died", "moved_away"])
def test_what_was_overdue_before_a_death_or_a_transfer_was_missed(delivery, ana, chloe, start, at, found, how):
    """With three days of grace the last day for 17 March is the 20th, and for the 16th the 19th."""
    step = delivery.one(code="SURG", start=start)
    if how == "died":
        died(step.case, 3, 25, by=ana, year=2026, month=3, day=at)
    else:
        moved(step.case, 3, 25, by=chloe, at=day(3, at))
    assert cells(chloe, step, "class", "reason", report="concordance") == [(found, how)]
    total = asked(chloe, "concordance", by="")["total"]
    assert [total[name]["among"] for name in ("followed", "carried_out")] == [int(found == "not_done")] * 2


@pytest.mark.parametrize(
    ("start", "when", "found"),
    [
        ((4, 10), {"year": 2026, "month": 3, "day": None}, "fell_away"),
        ((3, 10), {"year": 2026, "month": 3, "day": None}, "not_done"),
        ((4, 10), {"year": 2026, "month": None, "day": None}, "not_done"),
        ((6, 10), {"year": 2026, "month": None, "day": None}, "fell_away"),
        ((6, 10), {"year": None, "month": None, "day": None}, "fell_away"),
    ],
    ids=[
        "after the month",
        "within it",
        "of that year before it was recorded",
        "after it was recorded",
        "at some time",
    ],
)
def test_a_death_that_is_known_to_the_month_was_before_whatever_was_planned_after_it(
    delivery, ana, chloe, start, when, found
):
    """Recorded on 25 May. The last day on which it can have been decides, so that nothing is counted as excused by guess."""
    step = delivery.one(code="SURG", start=start)
    died(step.case, 5, 25, by=ana, **when)
    assert cells(chloe, step, "class", report="concordance") == [(found,)]


@pytest.mark.parametrize(("to", "found"), [((3, 17), "fell_away"), ((3, 16), "not_done")])
def test_in_time_is_by_the_next_date_that_stood_at_the_death(delivery, ana, chloe, to, found):
    """Planned for 10 March and put on the 17th, or the 16th; the patient died on the 20th."""
    step = delivery.one(code="SURG")
    delivery.put_off(step, 3, 9, to=to)
    died(step.case, 3, 25, by=ana, year=2026, month=3, day=20)
    assert classes(chloe)[step.pk] == found


@pytest.mark.parametrize(("at", "found"), [(20, "fell_away"), (21, "not_done")])
def test_in_time_is_by_the_day_before_which_it_could_not_begin(delivery, ana, chloe, at, found):
    """Planned for 3 March and not before the 17th; with three days of grace the 20th is its last day."""
    step = delivery.one(code="SURG", start=(3, 3), not_before=day(3, 17))
    died(step.case, 3, 25, by=ana, year=2026, month=3, day=at)
    assert classes(chloe)[step.pk] == found


def test_of_an_arm_that_nobody_chose_nothing_was_missed(delivery, ana, chloe):
    """Both arms were planned for 3 March, and the patient died on 20 May without a decision."""
    with on(3, 1):
        plan, _ = delivery.draft({"start": (3, 2)})
        decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "one"}, {"name": "other"}])
        edit_step(decision, {"owner": ana, "planned_start": day(3, 2)}, by=ana)
        arms = Arm.objects.filter(decision=decision).order_by("position")
        steps = [
            delivery.add(plan, code=code, start=(3, 3), arm=arm)
            for code, arm in zip(("SURG", "PRRT"), arms, strict=True)
        ]
        delivery.release(plan)
    died(plan.case, 5, 25, by=ana, year=2026, month=5, day=20)
    assert {classes(chloe)[step.pk] for step in steps} == {"fell_away"}


def test_what_still_waited_for_another_when_the_patient_died_was_not_missed(delivery, ana, chloe):
    """Planned for 3 March; the operation, for whose end it waits, ended the day before the death, on 19 May."""
    first, second = delivery.gated({"code": "SURG", "start": (3, 2)}, {"code": "OSA", "start": (3, 3)})
    third, fourth = delivery.gated({"code": "SURG", "start": (3, 2)}, {"code": "OSA", "start": (3, 3)})
    for step, ended in ((first, True), (third, False)):
        delivery.start(step, 3, 2)
        if ended:
            delivery.complete(step, 5, 19)
        died(step.case, 5, 25, by=ana, year=2026, month=5, day=20)
    found = classes(chloe)
    assert (found[second.pk], found[fourth.pk]) == ("fell_away", "fell_away")


@pytest.mark.parametrize(
    ("values", "found", "shares"),
    [
        (CYCLES | {"code": "CHEMO"}, "stopped", (0, 0)),
        (ONGOING, "stopped", (0, 0)),
        (ONGOING | {"stop_when": "progression or death"}, "as_planned", (1, 1)),
        (CYCLES | {"stop_when": "For life"}, "as_planned", (1, 1)),
    ],
)
def test_a_death_cuts_a_course_short_and_ends_what_was_meant_until_then(delivery, ana, chloe, values, found, shares):
    """Given on 10 March; the patient died on the 20th."""
    step = delivery.one(**values)
    delivery.give(step, 1, 3, 10)
    died(step.case, 3, 25, by=ana, year=2026, month=3, day=20)
    assert cells(chloe, step, "class", "reason", report="concordance") == [(found, "died")]
    total = asked(chloe, "concordance", by="")["total"]
    for name in ("followed", "carried_out"):
        assert (total[name]["count"], total[name]["among"]) == shares


# After the end


@pytest.mark.parametrize("reason", ["progression", "toxicity_or_not_tolerated"])
def test_an_administration_after_the_end_of_a_course_fell_away(delivery, chloe, reason):
    """Given on 10 March; the next one, of 7 April, would have come after the end on 1 April."""
    step = delivery.one(**ONGOING)
    delivery.give(step, 1, 3, 10)
    delivery.stop(step, 4, 1, reason=reason)
    assert cells(chloe, step, "class", "reason") == [("as_planned", None), ("fell_away", reason)]
    total = asked(chloe, "concordance-cycles", by="")["total"]
    assert (total["followed"]["count"], total["followed"]["among"], total["left_out"], total["fell_away"]) == (
        1,
        1,
        0,
        1,
    )
    before = cells(chloe, step, "class", as_of="2026-03-31", known_by="now")
    assert before == [("as_planned",), ("ahead",)]


def test_what_was_due_before_the_end_was_left_out(delivery, chloe):
    """Of 10 March, 7 April and 5 May the first was given; stopped on the day of the second."""
    step = delivery.one(code="CHEMO", **(CYCLES | {"occurrences_planned": 3}))
    delivery.give(step, 1, 3, 10)
    delivery.stop(step, 4, 7, reason="toxicity_or_not_tolerated")
    assert cells(chloe, step, "class") == [("as_planned",), ("left_out",), ("fell_away",)]


def test_what_somebody_left_out_before_the_end_is_left_out(delivery, chloe):
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.give(step, 1, 3, 10)
    delivery.omit(step, 2, 3, 20)
    delivery.complete(step, 3, 21, fulfilment="partial")
    assert cells(chloe, step, "class") == [("as_planned",), ("left_out",)]


@pytest.mark.parametrize("when", [{"year": 2026, "month": 3, "day": 20}, {"year": 2026, "month": 3}, {}])
def test_a_death_leaves_out_nothing_that_was_planned_for_after_it(delivery, ana, chloe, when):
    """Recorded on 25 March; the next one is of 7 April."""
    step = delivery.one(**ONGOING)
    delivery.give(step, 1, 3, 10)
    died(step.case, 3, 25, by=ana, **when)
    assert cells(chloe, step, "class") == [("as_planned",), ("fell_away",)]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        *(
            (reason, "conditional")
            for reason in (
                "no_longer_indicated",
                "progression",
                "no_response",
                "sustained_remission",
                "deterioration",
                "medical_reason",
                "toxicity_or_not_tolerated",
                "pregnancy",
                "best_supportive_care",
            )
        ),
        *(
            (reason, "not_done")
            for reason in ("patient_choice", "funding_refused", "not_available", "lost_to_follow_up")
        ),
    ],
)
def test_a_condition_that_did_not_come_or_a_patient_not_fit_for_it_is_no_miss(delivery, chloe, reason, found):
    step = delivery.one(code="CHEMO", **GROWTH)
    delivery.skip(step, 3, 20, reason=reason)
    assert cells(chloe, step, "class", report="concordance") == [(found,)]


def test_without_a_condition_in_words_the_same_reason_is_a_miss(delivery, chloe):
    step = delivery.one(code="CHEMO")
    delivery.skip(step, 3, 20, reason="deterioration")
    assert cells(chloe, step, "class", report="concordance") == [("not_done",)]


def test_of_a_step_that_was_never_begun_what_was_planned_for_later_fell_away(delivery, chloe):
    """Of 10 March and 7 April; recorded as not done on 20 March."""
    step = delivery.one(code="CHEMO", **CYCLES)
    delivery.skip(step, 3, 20)
    assert cells(chloe, step, "class") == [("left_out",), ("fell_away",)]


@pytest.mark.parametrize(
    ("stop_when", "reason", "found"),
    [
        ("progression", "progression", "as_planned"),
        ("Toxicity, no response or progression", "progression", "as_planned"),
        ("no progression for a year", "progression", "stopped"),
        ("", "progression", "stopped"),
        ("progression", "toxicity_or_not_tolerated", "stopped"),
    ],
)
def test_cycles_that_ended_by_what_the_plan_says_ended_as_meant(delivery, chloe, stop_when, reason, found):
    step = delivery.one(code="CHEMO", stop_when=stop_when, **CYCLES)
    delivery.give(step, 1, 3, 10)
    delivery.stop(step, 3, 20, reason=reason)
    assert cells(chloe, step, "class", report="concordance") == [(found,)]


@pytest.mark.parametrize(
    ("reason", "second", "held", "blocked"),
    [("progression", "ahead", False, 0), ("toxicity_or_not_tolerated", "blocked", True, 1)],
)
def test_what_comes_after_a_course_that_ended_as_signed_is_not_held(delivery, chloe, reason, second, held, blocked):
    """Six cycles until progression, stopped on 20 March; the second line, from 1 September, waits for their end."""
    first = {"code": "CHEMO", **CYCLES, "stop_when": "progression", "occurrences_planned": 6}
    platinum, folfiri = delivery.gated(first, {"code": "OSA", "start": (9, 1)})
    delivery.give(platinum, 1, 3, 10)
    delivery.stop(platinum, 3, 20, reason=reason)
    assert classes(chloe)[folfiri.pk] == second
    with on(6, 30):
        page = Api(chloe).get(f"/steps/{folfiri.pk}/").json()
        drawn = Api(chloe).client.get(f"/fhir/R4/ServiceRequest/step-{folfiri.pk}").json()
        [one] = [row for row in Api(chloe).get("/scorecard/").json()["results"] if row["name"] == "nothing-ahead"]
    assert (page["gate"]["state"] == "failed", drawn["status"] == "on-hold") == (held, held)
    assert one["detail"]["blocked"]["count"] == blocked
    assert list(Step.objects.gate_failed()) == ([folfiri] if held else [])


@pytest.mark.parametrize(("reason", "among"), [("moved_away", 0), ("toxicity_or_not_tolerated", 1)])
def test_what_goes_on_at_another_centre_is_no_miss(delivery, chloe, reason, among):
    step = delivery.one(**ONGOING)
    delivery.give(step, 1, 3, 10)
    delivery.stop(step, 4, 1, reason=reason)
    total = asked(chloe, "concordance", by="")["total"]
    assert (total["stopped"], total["followed"]["among"], total["carried_out"]["among"]) == (1, among, among)
