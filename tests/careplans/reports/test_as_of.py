"""Whatever is edited later: every report, the scorecard, the pack and the course of each case answer the same call by the same
bytes. And what is edited does show once it is asked for: else the first would hold of answers that see nothing."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careplans.demo.clock import at
from careplans.models.past_triggers import BY_TABLE, PAST
from careplans.reports.contents import ALL
from tests.careplans.api import Api
from tests.careplans.reports.edits import EVERY, Story
from tests.fuzzing import draw

pytestmark = pytest.mark.django_db

# What happens in the first five weeks: which act, of which case, after how many days.
FIRST = (
    ("sign and release", 1, 1), ("choose an arm", 1, 1), ("start a step", 1, 1), ("give a cycle", 4, 1),
    ("send what is due", 0, 1), ("answer an advisory", 1, 1), ("complete a follow-up", 0, 1), ("hand a step over", 1, 2),
    ("change facts that decide", 1, 2), ("a newer page", 0, 1), ("resume a plan", 2, 1),
    ("send what is due", 0, 3), ("give a cycle otherwise", 4, 2), ("start a step", 2, 2), ("amend and release", 4, 3),
    ("fail what is due", 0, 4), ("record a missed follow-up", 1, 9), ("send what is due", 0, 1),
)  # fmt: skip
TURNS = st.lists(
    st.tuples(st.sampled_from(EVERY), st.integers(0, 4), st.integers(0, 60 * 24 * 9)), min_size=6, max_size=16
)


@pytest.fixture
def people(ana, omar, ravi, chloe, admin):
    return {"ana": ana, "omar": omar, "ravi": ravi, "chloe": chloe, "admin": admin}


@pytest.fixture
def story(pages, board, people):
    story = Story(board, people).begin()
    done = [story.act(name, case, days * 24 * 60) for name, case, days in FIRST[:-2]]
    # Of whichever case allows it by then.
    ends = ("complete a step", "stop a step", "complete earlier than today", "complete a plan")
    done.append(any(story.act(name, case) for name in ends for case in range(len(story.cases))))
    done += [story.act(name, case, days * 24 * 60) for name, case, days in FIRST[-2:]]
    assert all(done), "\n".join(map(str, story.refused))
    story.act("a mail came back", 0, 60)
    return story


def asked(chloe, story):
    """Every call with every moment, and what it answered. `all` dimensions at once are the finest there is to see."""
    first, last = story.now - timedelta(days=20), story.now - timedelta(days=2)
    day, later = first.date().isoformat(), last.date().isoformat()
    moments = [
        {"as_of": last.isoformat()},
        {"as_of": later, "known_by": first.isoformat()},
        {"as_of": day, "known_by": later},
    ]
    return [(path, params | moment) for moment in moments for path, params in calls(story)]


def calls(story):
    for one in ALL:
        yield f"/reports/{one.name}/", {"by": ",".join(each.name for each in one.dimensions)}
        yield f"/reports/{one.name}/rows/", {}
    yield "/scorecard/", {"by": "month"}
    yield "/report-pack/", {}
    for case in story.cases:
        yield f"/cases/{case.pk}/course/", {}


def answers(person, story, wanted):
    with at(story.now):
        api = Api(person)
        found = {}
        for path, params in wanted:
            answer = api.get(path, **params)
            found[path, tuple(params.items())] = answer.status_code, answer.content
        return found


def changed(before, after):
    return [key for key, answer in before.items() if after[key] != answer]


def test_all_of_it_is_asked(story, chloe):
    """Each report counts something in the story, so that there is something to change."""
    found = answers(chloe, story, asked(chloe, story))
    assert {status for status, _ in found.values()} <= {200, 400}
    empty = [path for (path, _), (_, said) in found.items() if path.endswith("/rows/") and b'"case"' in said]
    assert {one.name for one in ALL} - {path.split("/")[2] for path in empty} == set()


@pytest.mark.long
def test_whatever_is_edited_later_the_same_call_answers_the_same_bytes(story, chloe):
    wanted = asked(chloe, story)
    before, begun, done = answers(chloe, story, wanted), story.now, set()

    @draw.sown
    @settings(max_examples=draw.times(4, 3), deadline=None, suppress_health_check=list(HealthCheck))
    @given(TURNS)
    def edited(turns):
        with transaction.atomic():
            story.now = begun
            story.done = []
            for name, case, minutes in turns:
                story.act(name, case, minutes)
            done.update(story.done)
            assert changed(before, answers(chloe, story, wanted)) == []
            transaction.set_rollback(True)

    edited()
    assert done


# Of each kind of thing one edit that a report would show, were it read from the rows of today.
AFTER = (
    ("record a death", 1), ("change the site", 4), ("correct the day of a cycle", 4), ("take a cycle back", 4),
    ("take a follow-up back", 0), ("longer grace", 0), ("fail what is due", 0), ("a mail came back", 0),
    ("another discipline", 0), ("an advisory ends", 2), ("a newer page", 0), ("merge", 4), ("enter a plan in error", 3),
)  # fmt: skip
SEEN = ("plan", "step", "followup", "case", "proforma", "outboxmessage")


@pytest.fixture
def edited(story, chloe):
    """The answers before, and the story after all of these."""
    wanted = [(path, params) for path, params in asked(chloe, story) if path.endswith("/rows/")]
    before = answers(chloe, story, wanted)
    done = {name: story.act(name, case, 90) for name, case in AFTER}
    assert all(done.values()), "\n".join(map(str, story.refused))
    return wanted, before


def test_each_kind_of_edit_leaves_the_answers_of_before(story, edited, chloe):
    wanted, before = edited
    assert changed(before, answers(chloe, story, wanted)) == []


@pytest.mark.parametrize("noun", SEEN)
def test_a_relation_that_were_read_from_todays_rows_would_be_seen(story, edited, chloe, noun, monkeypatch):
    """So the comparison proves something of each of them."""
    wanted, before = edited
    [table] = [one.table for one in PAST if one.noun == noun]
    monkeypatch.delitem(BY_TABLE, table)
    assert changed(before, answers(chloe, story, wanted)) != []


def test_asked_by_what_is_known_now_the_edits_show(story, edited, chloe):
    """The days are as they were, the record is that of today."""
    wanted, _ = edited
    then = {path: params["as_of"] for path, params in wanted if "known_by" not in params}
    found = []
    for more in ({}, {"known_by": "now"}):
        said = answers(chloe, story, [(path, {"as_of": day, **more}) for path, day in then.items()])
        found.append({path: content for (path, _), (_, content) in said.items()})
    shown = {path for path in then if found[0][path] != found[1][path]}
    assert {"/reports/concordance/rows/", "/reports/releases/rows/"} <= shown


def test_the_course_of_a_day_shows_a_correction_where_it_is_asked_for(story, chloe):
    path = f"/cases/{story.cases[4].pk}/course/"
    day = (story.now - timedelta(days=3)).date().isoformat()
    assert story.act("take a cycle back", 4, 60) or story.act("correct the day of a cycle", 4, 60), story.refused[-2:]
    with at(story.now):
        then, now = (Api(chloe).get(path, as_of=day, **by).json() for by in ({}, {"known_by": "now"}))
    assert then["plans"] != now["plans"]


def test_each_dimension_of_each_report_answers_as_before(story, chloe):
    """One after the other, and the total with each."""
    day = (story.now - timedelta(days=5)).date().isoformat()
    wanted = [
        (f"/reports/{one.name}/", {"by": each.name, "as_of": day, "known_by": day})
        for one in ALL
        for each in one.dimensions
    ]
    before = answers(chloe, story, wanted)
    for name, case in AFTER:
        story.act(name, case, 90)
    assert changed(before, answers(chloe, story, wanted)) == []
