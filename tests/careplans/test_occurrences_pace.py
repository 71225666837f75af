"""The pace of cycles: two on one day, one soon after another or far off its day is not as planned without a reason."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Event, Occurrence
from careplans.services.occurrence_corrections import correct_as_given, correct_as_otherwise
from careplans.services.occurrence_progress import give_otherwise
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url
from tests.careplans.test_occurrences_record import give, give_first, row

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def course(board, ana, omar, chloe):
    """Four cycles, eight weeks apart; the first was given eight weeks ago."""
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    give_first(step, omar, days_ago=56)
    step.refresh_from_db()
    return step


def unplanned(step, number, omar, days_ago, **values):
    return give(step, number, omar, on=step.board.today - days_ago * DAY, move_later=True, **({"why": ""} | values))


@pytest.mark.parametrize(
    ("days_ago", "words"),
    [
        (56, "Cycle 1 of 4 was given on the same day"),
        (53, "Cycle 1 of 4 was given 3 days before"),
        (29, "Cycle 1 of 4 was given 27 days before"),
    ],
)
def test_what_comes_too_soon_after_the_one_before_is_given_as_planned_only_with_a_reason(course, omar, days_ago, words):
    with pytest.raises(ValidationError) as error:
        unplanned(course, 2, omar, days_ago)
    sentences = error.value.message_dict["why"]
    assert sentences[0].startswith(words) and "56 days lie between them as planned" in sentences[0]
    assert sentences[-1] == "Say why; it is recorded with it. Or record that it was given otherwise."
    assert row(course, 2).status == "planned"
    unplanned(course, 2, omar, days_ago, why="a typing error of the ward")
    assert row(course, 2).status == "given"
    event = Event.objects.filter(step=course, kind="occurrence_recorded").latest("pk")
    assert event.reason == "a typing error of the ward"


@pytest.mark.parametrize(("late", "asked"), [(14, False), (15, True)])
def test_what_is_far_off_its_day_is_given_as_planned_only_with_a_reason(course, omar, late, asked):
    Occurrence.objects.filter(step=course, number=2).update(planned_on=course.board.today - late * DAY)
    if asked:
        with pytest.raises(ValidationError, match=f"{late} days earlier"):
            unplanned(course, 2, omar, 0)
    else:
        assert unplanned(course, 2, omar, 0).status == "given"


def test_a_week_off_is_never_asked_about(board, ana, omar, chloe):
    days = {"course": "cycles", "occurrences_planned": 4, "interval": 14, "interval_unit": "days"}
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **days)
    Occurrence.objects.filter(step=step, number=1).update(planned_on=board.today - 7 * DAY)
    assert unplanned(step, 1, omar, 0).status == "given"


@pytest.mark.parametrize(("late", "asked"), [(22, False), (23, True)])
def test_of_an_interval_in_months_a_month_has_30_days_as_in_the_report(board, ana, omar, chloe, late, asked):
    """Of three months a quarter is 22 days, though there are 92 from March to June."""
    months = {"course": "cycles", "occurrences_planned": 4, "interval": 3, "interval_unit": "months"}
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar, **months)
    Occurrence.objects.filter(step=step, number=1).update(planned_on=board.today - late * DAY)
    if asked:
        with pytest.raises(ValidationError, match=f"{late} days earlier"):
            unplanned(step, 1, omar, 0)
    else:
        assert unplanned(step, 1, omar, 0).status == "given"


def test_what_was_given_otherwise_has_its_reason_already(course, omar):
    said = {"reason": "medical_reason", "reason_note": "split", "service": give_otherwise}
    assert give(course, 2, omar, on=course.board.today - 50 * DAY, move_later=True, **said).status == "given_otherwise"


@pytest.mark.parametrize("number", [1, 2])
def test_a_correction_does_not_bring_two_together(course, omar, number):
    """Neither of the two: the first moved up to the second, nor the second back to the first."""
    give(course, 2, omar, on=course.board.today)
    one = row(course, number)
    day = course.board.today if number == 1 else course.board.today - 56 * DAY
    seen = {"by": omar, "expected_version": one.version, "on": day, "why": "misread", "move_later": True}
    with pytest.raises(ValidationError) as error:
        correct_as_given(one, **seen)
    assert "was given on the same day" in error.value.message_dict["on"][0]
    one = row(course, number)
    seen |= {"expected_version": one.version, "reason": "medical_reason", "reason_note": "split"}
    assert correct_as_otherwise(one, **seen).status == "given_otherwise"


def test_the_page_asks_and_keeps_what_was_typed(course, omar):
    one, client = row(course, 2), browser(omar)
    path = url("occurrence", one.pk)
    assert 'id="id_give_why"' in client.get(path).content.decode()
    told = {
        "verb": "give",
        "version": one.version,
        "on": (course.board.today - 56 * DAY).isoformat(),
        "move_later": "yes",
    }
    refused = client.post(path, told)
    html = refused.content.decode()
    assert refused.status_code == 400 and "was given on the same day" in html and told["on"] in html
    assert client.post(path, told | {"why": "both halves on one day"}).status_code == 302


def test_the_api_asks_too(course, omar):
    one, api = row(course, 2), Api(omar)
    path = f"/occurrences/{one.pk}/give/"
    body = {"on": (course.board.today - 56 * DAY).isoformat(), "move_later": True}
    answer = api.post(path, body, one.version)
    assert answer.status_code == 400 and "was given on the same day" in problem(answer)
    assert api.post(path, body | {"why": "both halves on one day"}, one.version).status_code == 200
