"""What the database writes is byte for byte what Python tells: over the demo board, and with texts that nobody types."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import Board, User
from careplans.exports import stretch
from careplans.exports.in_database import layout
from careplans.exports.in_database import lines as put_together
from careplans.exports.in_database.lines import statement_of
from careplans.exports.in_database.nouns import DECLARED
from careplans.exports.sources import SOURCES, Listing
from careplans.models import Arm, Event, Plan, Step
from tests.careplans.exports.makers import of_role
from tests.rewriting import rewriting

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_board"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells every row by Python"),
]
NASTY = 'a "quote", a \\ back\\slash\\n, a\ttab\r\nnew line \b\f \x01\x02\x7f   “curly” ü 🧪 %s %% \', "], ["'
BY_PYTHON = {"cases", "plans", "specimens", "prior-treatments", "patients", "record-moves"}


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(timezone.now(), tick=False), timezone.override(None):
        yield


@pytest.fixture(autouse=True)
def _rewritten():
    """Rows that no service writes: what the database refuses otherwise is let through here."""
    with rewriting():
        yield


@pytest.fixture(params=["coordinator", "analyst"])
def person(request):
    return of_role(request.param)


def both(what, person, **filters):
    """All rows of a list, written by the database and told by Python."""
    listing = Listing(SOURCES[what], person, {name: [str(one)] for name, one in filters.items()})
    by_database = stretch._by_database(listing, None, 100_000)
    lines, below = b"", None
    while part := stretch._by_python(listing, below, 500):
        lines, below = lines + part.lines, part.last
    return by_database, lines


def compare(what, person, **filters):
    found, told = both(what, person, **filters)
    assert told and found is not None
    for one, other in zip(found.lines.splitlines(), told.splitlines(), strict=True):
        assert one == other
    assert found.lines == told
    assert found.rows == told.count(b"\n")
    return found


@pytest.mark.parametrize("what", sorted(DECLARED))
def test_every_line_is_what_python_tells(what, person):
    if what == "fact-changes" and person.memberships.filter(role="analyst").exists():
        assert both(what, person)[0] is None
        return
    found = compare(what, person)
    assert found.boards == set(Board.objects.filter(name="Demo NET board").values_list("pk", flat=True))


def test_each_list_is_written_by_the_database_or_named_here():
    assert set(DECLARED) | BY_PYTHON == set(SOURCES)


@pytest.mark.parametrize("what", sorted(DECLARED))
def test_the_statement_is_the_same_for_every_stretch(what):
    declared = stretch.Told(SOURCES[what].view.serializer_class, DECLARED[what], with_text=True)
    assert statement_of(declared) is statement_of(declared)


def test_texts_that_nobody_types_are_told_as_they_stand(person):
    Step.objects.update(
        description=NASTY[:150], rationale=NASTY, outcome="", only_if=NASTY[:60], agent="\\", session_names="a\nb\n“c”",
    )  # fmt: skip
    Arm.objects.update(condition=NASTY[:100])
    User.objects.filter(memberships__board__name="Demo NET board").update(name='O"Brien \\ Ümit')
    for what in ("steps", "arms", "occurrences"):
        compare(what, person)


def test_moments_are_told_with_as_many_digits_as_python_says(person):
    at = datetime(2025, 3, 1, 9, 5, 7, tzinfo=UTC)
    for pk, more in zip(Event.objects.values_list("pk", flat=True)[:4], (0, 120_000, 999_999, 1), strict=True):
        Event.objects.filter(pk=pk).update(at=at + timedelta(microseconds=more))
    lines = compare("events", person).lines
    told = {json.loads(line)["at"] for line in lines.splitlines()}
    assert {"2025-03-01T09:05:07Z", "2025-03-01T09:05:07.120000Z", "2025-03-01T09:05:07.999999Z"} <= told


def test_courses_of_all_kinds_and_questions_about_goals_are_told(person):
    for pk, course in zip(Step.objects.values_list("pk", flat=True), Step.Course.values * 3, strict=False):
        Step.objects.filter(pk=pk).update(course=course, occurrences_planned=3, interval=2, interval_unit="weeks")
    Step.objects.filter(phase="surveillance").update(goals=["cure", "debulking"])
    lines = compare("steps", person).lines
    rows = [json.loads(line) for line in lines.splitlines()]
    assert any(row["contradictions"] for row in rows) and any(row["gate"]["state"] == "waiting" for row in rows)
    assert any(row["occurrences"] for row in rows) and any(row["monitoring"] for row in rows)


def test_a_chain_of_three_plans_begins_with_the_first(person):
    plans = list(Plan.objects.filter(board__name="Demo NET board", steps__isnull=False).distinct().order_by("pk")[:3])
    for number, (before, after) in enumerate(zip(plans, plans[1:], strict=False), 100):
        Plan.objects.filter(pk=after.pk).update(amends=before, case=plans[0].case, number=number)
    Step.objects.filter(plan__in=plans).update(case=plans[0].case)
    rows = [json.loads(line) for line in compare("steps", person, lineage=plans[0].pk).lines.splitlines()]
    assert {plan.pk for plan in plans} <= {row["plan"] for row in rows}


@pytest.mark.parametrize("what", sorted(DECLARED))
def test_rows_that_lie_far_apart_are_told_alike(what, monkeypatch):
    person = of_role("coordinator")
    monkeypatch.setattr(put_together, "DENSE", 0)
    declared = stretch.told_by_database(Listing(SOURCES[what], person, {}))
    assert statement_of(declared, False, False) != statement_of(declared, False, True)
    compare(what, person)


@pytest.mark.parametrize("size", [1, 2_000])
def test_pieces_of_any_size_make_the_same_lines(size, monkeypatch):
    """What all rows of a piece have alike is put in once: in a piece of one row, everything."""
    monkeypatch.setattr(put_together, "BYTES", size)
    for what in sorted(DECLARED):
        compare(what, of_role("coordinator"))


def test_what_is_remembered_stays_small_and_true(monkeypatch):
    monkeypatch.setattr(layout, "MOST_KNOWN", 1)
    monkeypatch.setattr(put_together, "BYTES", 1)
    put_together.layout_of.cache_clear()
    for _ in range(2):
        compare("steps", of_role("coordinator"))
    told = stretch.told_by_database(Listing(SOURCES["steps"], of_role("coordinator"), {}))
    follows = [what for _, what in put_together.layout_of(told, False).parts if isinstance(what, layout.Follows)]
    assert all(len(one.known) <= 2 for one in follows if one.known is not None)


def test_what_holds_for_a_day_alone_is_told_anew_on_another():
    person = of_role("coordinator")
    before = compare("follow-ups", person).lines
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        assert compare("follow-ups", person).lines != before


def test_a_text_that_reads_null_is_a_text(person):
    User.objects.filter(memberships__board__name="Demo NET board").update(name="null")
    Step.objects.update(description="null", agent="null", outcome="null")
    compare("steps", person)


def test_the_filters_and_the_place_in_the_list_hold(person):
    listing = Listing(SOURCES["steps"], person, {"status": ["completed"]})
    first = stretch._by_database(listing, None, 3)
    then = stretch._by_database(listing, first.last, 3)
    wanted = [row.pk for row in listing.stretch(None, 6)]
    keys = [json.loads(line)["id"] for line in (first.lines + then.lines).splitlines()]
    assert keys == wanted and len(keys) == 6


def test_a_reader_of_free_text_on_one_board_alone_is_told_row_by_row(person):
    listing = Listing(SOURCES["steps"], person, {})
    listing.__class__ = type("Mixed", (Listing,), {"boards": [1, 2], "text_boards": [1]})
    assert stretch.told_by_database(listing) is None


def test_a_masked_reader_is_told_row_by_row(person):
    listing = Listing(SOURCES["steps"], person, {})
    listing.__class__ = type("Masked", (Listing,), {"is_masked": True})
    assert stretch.told_by_database(listing) is None
