"""Follow-ups that hang on a step: signed with it, written when a cycle is given or the course begins, and each only once."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from careplans.models import FollowUp, Monitoring, Plan, Reminder, Step
from careplans.models.plan_content import canonical_content, content_hash
from careplans.services.followups import cancel_follow_up, complete_follow_up, record_missed_follow_up
from careplans.services.monitoring import add_monitoring, follow_given, remove_monitoring
from careplans.services.occurrence_progress import give_otherwise, omit_occurrence
from careplans.services.step_progress import stop_step
from common.local_time import add_months
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.careplans.doors import browser, url
from tests.careplans.test_occurrences_record import give, give_first, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BLOOD = [
    {"kind": "other", "title": "Blood count", "when": "occurrence", "days_after": 14},
    {"kind": "other", "title": "Blood count", "when": "occurrence", "days_after": 28},
]
ECHO = [{"kind": "echo", "when": "course", "interval": 12, "interval_unit": "months"}]


@pytest.fixture
def course(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=BLOOD)


@pytest.fixture
def ongoing(board, ana, omar, chloe):
    return makers.make_course(board, by=ana, chair=chloe, owner=omar, hanging=ECHO, **makers.ONGOING)


@pytest.fixture
def draft(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana).steps.get()


def planned(step):
    rows = FollowUp.objects.filter(monitoring__step=step).open().order_by("due_on")
    return [(one.heading, one.due_on) for one in rows]


def test_each_cycle_that_is_given_brings_its_blood_counts_with_owner_date_and_reminder(course, omar):
    today = course.board.today
    assert planned(course) == []
    give(course, 1, omar)
    assert planned(course) == [("Blood count", today + 14 * DAY), ("Blood count", today + 28 * DAY)]
    first = FollowUp.objects.filter(monitoring__step=course).first()
    assert (first.assignee, first.plan, first.case) == (omar, course.plan, course.case)
    assert Reminder.objects.scheduled().filter(follow_up=first, kind="due").exists()


def test_they_count_from_the_day_on_which_it_was_given(course, omar):
    give(course, 1, omar, on=course.board.today - 3 * DAY, move_later=True, service=give_otherwise, reason="other",
         reason_note="half")  # fmt: skip
    assert planned(course)[0][1] == course.board.today + 11 * DAY


def test_a_cycle_that_is_left_out_brings_none(course, omar):
    omit_occurrence(row(course, 1), by=omar, expected_version=1, reason="patient_choice")
    assert planned(course) == []


def test_none_is_written_twice(course, omar):
    give(course, 1, omar)
    course.refresh_from_db()
    assert follow_given(course, row(course, 1), by=omar) == []
    assert len(planned(course)) == 2


def test_blood_counts_after_the_last_cycle_stay_when_the_step_is_stopped(course, omar):
    give(course, 1, omar)
    course.refresh_from_db()
    stop_step(
        course,
        by=omar,
        expected_version=course.version,
        on=course.board.today,
        reason="patient_choice",
        **makers.OUTCOME,
    )
    assert len(planned(course)) == 2


def test_what_hangs_on_the_course_begins_with_it_and_ends_with_it(ongoing, omar):
    today = ongoing.board.today
    give(ongoing, 1, omar)
    assert planned(ongoing) == [("Echocardiogram", add_months(today, 12))]
    ongoing.refresh_from_db()
    stop_step(ongoing, by=omar, expected_version=ongoing.version, on=today, reason="patient_choice", **makers.OUTCOME)
    [row] = FollowUp.objects.filter(monitoring__step=ongoing)
    assert (row.status, row.reason) == ("cancelled", "The step has ended (Patient's choice).")


def test_done_once_it_comes_again_as_long_as_the_step_runs(ongoing, omar):
    today = ongoing.board.today
    give(ongoing, 1, omar)
    first = FollowUp.objects.get(monitoring__step=ongoing)
    complete_follow_up(first, by=omar, expected_version=first.version, done_on=today)
    assert planned(ongoing) == [("Echocardiogram", add_months(today, 24))]
    Step.objects.filter(pk=ongoing.pk).update(status="stopped", reason="progression", ended_on=today)
    second = FollowUp.objects.open().get(monitoring__step=ongoing)
    complete_follow_up(second, by=omar, expected_version=second.version, done_on=today, ahead=makers.NOTHING_AHEAD)
    assert planned(ongoing) == []


def test_one_that_was_missed_and_made_anew_goes_on_all_the_same(ongoing, omar):
    give(ongoing, 1, omar)
    first = FollowUp.objects.get(monitoring__step=ongoing)
    with time_machine.travel(datetime.combine(first.due_on, time(12), UTC)):
        again = record_missed_follow_up(
            first, by=omar, expected_version=first.version, new_due_on=first.due_on + 30 * DAY
        )
    complete_follow_up(again, by=omar, expected_version=again.version, done_on=ongoing.board.today)
    assert len(planned(ongoing)) == 1


def test_one_that_somebody_cancelled_does_not_come_again(ongoing, omar):
    give(ongoing, 1, omar)
    first = FollowUp.objects.get(monitoring__step=ongoing)
    cancel_follow_up(first, by=omar, expected_version=first.version, reason="done elsewhere")
    assert planned(ongoing) == []


def test_nothing_is_born_overdue_when_the_step_began_long_ago(ongoing, omar):
    give_first(ongoing, omar, days_ago=900)
    [(_, day)] = planned(ongoing)
    assert day >= ongoing.board.today


def test_it_is_signed_with_the_step(draft, ana):
    plan = draft.plan
    before = content_hash(plan, [draft], [])
    line = add_monitoring(draft, by=ana, **ECHO[0])
    [content] = canonical_content(plan, [Step.objects.get(pk=draft.pk)], [])["steps"]
    assert content["monitoring"] == [{"kind": "echo", "when": "course", "interval": 12, "interval_unit": "months"}]
    remove_monitoring(line, by=ana)
    assert content_hash(plan, [Step.objects.get(pk=draft.pk)], []) == before


def test_hanging_one_on_a_step_voids_signatures(board, draft, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(draft.plan, by=ana)
    makers.sign(plan, by=omar)
    line = add_monitoring(draft, by=ana, **ECHO[0])
    assert Plan.objects.get(pk=plan.pk).status == "draft"
    assert remove_monitoring(line, by=ana).voided == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "other", "title": " "}, "title"),
        ({"when": ""}, "when"),
        ({"when": "occurrence"}, "days_after"),
        ({"when": "occurrence", "days_after": 900}, "days_after"),
        ({"interval": None}, "interval"),
        ({"interval_unit": "years"}, "interval"),
    ],
)
def test_a_line_that_says_too_little_is_refused(draft, ana, values, field):
    with pytest.raises(ValidationError) as error:
        add_monitoring(draft, by=ana, **(ECHO[0] | values))
    assert list(error.value.message_dict) == [field]
    assert not Monitoring.objects.exists()


def test_a_plan_in_force_gets_none(course, ana):
    with pytest.raises(ValidationError, match="Amend it instead"):
        add_monitoring(course, by=ana, **ECHO[0])


def test_a_blood_count_after_each_cycle_of_a_step_that_is_done_once_stands_in_the_way_of_sign_off(draft, ana):
    add_monitoring(draft, by=ana, **BLOOD[0])
    with pytest.raises(ValidationError, match="has a follow-up after each cycle or session, but is done once"):
        makers.submit(draft.plan, by=ana)


def late(course, omar, fates=(), *, ago=20):
    """Recorded late: twenty days, so that the first of its two blood counts belonged six days ago; or more."""
    first, second = course.monitoring.order_by("pk")
    passed = [{"monitoring": line.pk} | said for line, said in zip((first, second), fates, strict=False)]
    return give(course, 1, omar, on=course.board.today - ago * DAY, move_later=True, why="-", passed=passed)


def fate(said, on=None):
    return {"fate": said, "on": on}


def test_a_cycle_that_is_recorded_late_asks_what_becomes_of_blood_counts_whose_day_has_passed(course, omar):
    today = course.board.today
    with pytest.raises(ValidationError) as error:
        late(course, omar)
    [sentence] = error.value.message_dict["passed"]
    assert f"Blood count of {today - 6 * DAY:%-d %b %Y}" in sentence
    assert planned(course) == [] and row(course, 1).status == "planned"
    for on in (None, today - DAY):
        with pytest.raises(ValidationError, match="say for which day, from today on"):
            late(course, omar, [fate("planned", on)])
    late(course, omar, [fate("planned", today + 2 * DAY)])
    assert planned(course) == [("Blood count", today + 2 * DAY), ("Blood count", today + 8 * DAY)]


@pytest.mark.parametrize(("said", "words"), [("elsewhere", "it was done elsewhere"), ("skipped", "leave it out")])
def test_a_blood_count_of_a_cycle_recorded_late_that_is_not_planned_says_why(course, omar, said, words):
    late(course, omar, [fate(said)])
    assert planned(course) == [("Blood count", course.board.today + 8 * DAY)]
    [gone] = FollowUp.objects.filter(monitoring__step=course, status="cancelled")
    assert f"It belonged on {course.board.today - 6 * DAY:%-d %b %Y}" in gone.reason and words in gone.reason


def test_of_two_blood_counts_that_are_late_one_was_done_elsewhere_and_the_other_is_planned(course, omar):
    today = course.board.today
    with pytest.raises(ValidationError) as error:
        late(course, omar, [fate("elsewhere")], ago=35)
    [sentence] = error.value.message_dict["passed"]
    assert f"{today - 7 * DAY:%-d %b %Y}" in sentence and f"{today - 21 * DAY:%-d %b %Y}" not in sentence
    late(course, omar, [fate("elsewhere"), fate("planned", today)], ago=35)
    assert planned(course) == [("Blood count", today)]


def test_two_that_are_late_and_planned_for_the_same_day_are_one(course, omar):
    today = course.board.today
    late(course, omar, [fate("planned", today + DAY)] * 2, ago=35)
    assert planned(course) == [("Blood count", today + DAY)]
    [gone] = FollowUp.objects.filter(monitoring__step=course, status="cancelled")
    assert "one serves for both" in gone.reason


def test_one_that_is_late_and_planned_for_the_day_of_the_next_is_one_with_it(course, omar):
    today = course.board.today
    late(course, omar, [fate("planned", today + 8 * DAY)])
    assert planned(course) == [("Blood count", today + 8 * DAY)]


def test_the_page_asks_about_each_late_blood_count_only_where_there_are_some(course, omar):
    client, today = browser(omar), course.board.today
    one, (first, second) = row(course, 1), course.monitoring.order_by("pk")
    assert 'name="passed_' not in client.get(url("occurrence", one.pk)).content.decode()
    body = {"verb": "give", "version": one.version, "on": (today - 35 * DAY).isoformat(), "move_later": "yes"}
    body["why"] = "earlier on purpose"
    answer = client.post(url("occurrence", one.pk), body)
    page = answer.content.decode()
    assert answer.status_code == 400 and "Say what becomes of it" in page
    for line, day in ((first, today - 21 * DAY), (second, today - 7 * DAY)):
        assert f'name="passed_{line.pk}"' in page and f"Blood count of {day:%-d %b %Y}" in page
    body |= {f"passed_{first.pk}": "skipped", f"passed_{second.pk}": "planned"}
    answer = client.post(url("occurrence", one.pk), body)
    assert answer.status_code == 400 and "Say for which day, from today on" in answer.content.decode()
    body |= {f"passed_on_{second.pk}": today.isoformat()}
    assert client.post(url("occurrence", one.pk), body).status_code == 302
    assert planned(course) == [("Blood count", today)]


def test_the_api_asks_about_each_late_blood_count(course, omar):
    api, today, one, first = Api(omar), course.board.today, row(course, 1), course.monitoring.order_by("pk")[0]
    body = {"on": (today - 20 * DAY).isoformat(), "move_later": True, "why": "earlier"}
    answer = api.post(f"/occurrences/{one.pk}/give/", body, one.version)
    assert (answer.status_code, attrs(answer)) == (400, ["passed"])
    body |= {"passed": [{"monitoring": first.pk, "fate": "elsewhere"}]}
    assert api.post(f"/occurrences/{one.pk}/give/", body, one.version).status_code == 200
    assert planned(course) == [("Blood count", today + 8 * DAY)]


def assignees(step):
    return set(FollowUp.objects.filter(monitoring__step=step).values_list("assignee__name", flat=True))


def test_what_a_colleague_records_is_with_who_sees_to_the_step(course, ana):
    give(course, 1, ana)
    assert assignees(course) == {"Omar Oncologist"}


@pytest.mark.parametrize("change", [{"ended_at": "2026-03-01T09:00Z"}, {"role": "observer"}])
def test_what_hangs_on_a_step_of_somebody_who_cannot_do_it_any_more_is_with_who_records(course, ana, omar, change):
    omar.memberships.update(**change)
    give(course, 1, ana)
    assert assignees(course) == {"Ana Coordinator"}
