"""Events as sentences. No database."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import careplans
from accounts.models import User
from careplans.models import Event, FollowUp, Plan, Step
from careplans.readers.timeline import VERBS, entries, sentence, url_of
from careplans.readers.timeline_groups import GROUPS

OMAR = User(pk=1, name="Omar Oncologist")
ANA = User(pk=2, name="Ana Coordinator")
PLAN = Plan(pk=5, number=2, case_id=3)
STEP = Step(pk=7, plan=PLAN, position=1, modality_code="SURG")
CT = FollowUp(pk=9, case_id=3, kind="cross_sectional", due_on=datetime(2026, 5, 1, tzinfo=UTC).date())


def event(kind, *, by=OMAR, at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), **fields):
    if kind.startswith(("plan", "sign", "steps", "follow_ups")):
        fields.setdefault("plan", PLAN)
    if kind.startswith("step_"):
        fields |= {"plan": PLAN, "step": STEP}
    if kind.startswith("follow_up_"):
        fields.setdefault("follow_up", CT)
    return Event(kind=kind, by=by, at=at, case_id=3, **fields)


def recorded_kinds():
    folder = Path(careplans.__file__).parent
    text = "".join(path.read_text() for path in sorted(folder.rglob("*.py")))
    return set(re.findall(r'history\.record\(\s*[\w.]+,\s*"(\w+)"', text))


def test_every_kind_that_is_recorded_has_a_sentence_and_a_group():
    grouped = {kind for _, kinds in GROUPS.values() for kind in kinds}
    assert len(recorded_kinds()) > 20
    assert recorded_kinds() <= set(VERBS) == grouped


@pytest.mark.parametrize("kind", sorted(VERBS))
def test_every_sentence_names_its_person_and_stands_with_little_data(kind):
    text = sentence(event(kind))
    assert text.startswith("Omar Oncologist ") and "_" not in text and not text.endswith(".")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (event("plan_answered", new="approved", data={"discipline": "medical_oncology"}),
         "Omar Oncologist signed plan 2 for medical oncology"),
        (event("plan_answered", new="dissented", data={"discipline": "surgery"}),
         "Omar Oncologist dissented from plan 2 for surgery"),
        (event("plan_answered", new="declined", data={"discipline": "surgery"}), "Omar Oncologist sent back plan 2 for surgery"),
        (event("plan_moved", old="draft", new="in_signoff"), "Omar Oncologist sent plan 2 to sign-off"),
        (event("plan_moved", old="in_signoff", new="active"), "Omar Oncologist released plan 2"),
        (event("plan_moved", old="in_signoff", new="draft"), "Omar Oncologist took plan 2 back to draft"),
        (event("plan_moved", old="on_hold", new="active"), "Omar Oncologist resumed plan 2"),
        (event("step_moved", old="planned", new="in_progress"), "Omar Oncologist started step 1 (Surgery) of plan 2"),
        (event("step_moved", old="planned", new="in_progress", data={"now": {"started_on": "2016-11-20"}}),
         "Omar Oncologist started step 1 (Surgery) of plan 2 on 20 Nov 2016"),
        (event("step_moved", old="in_progress", new="completed", data={"now": {"ended_on": "2016-11-20"}}),
         "Omar Oncologist completed step 1 (Surgery) of plan 2 on 20 Nov 2016"),
        (event("step_moved", old="on_hold", new="in_progress", data={"day": "2016-11-20"}),
         "Omar Oncologist went on with step 1 (Surgery) of plan 2 on 20 Nov 2016"),
        (event("follow_up_settled", new="done", data={"now": {"done_on": "2016-11-20"}}),
         "Omar Oncologist did the follow-up “CT or MRI, due 1 May 2026” on 20 Nov 2016"),
        (event("step_moved", old="planned", new="not_done"), "Omar Oncologist recorded as not done: step 1 (Surgery) of plan 2"),
        (event("follow_up_settled", new="did_not_attend"),
         "Omar Oncologist recorded that the patient missed the follow-up “CT or MRI, due 1 May 2026”"),
        (event("case_moved", old="closed", new="accepted"), "Omar Oncologist reopened the case"),
        (event("case_moved", old="referred", new="in_care"), "Omar Oncologist moved the case from referred to in care"),
        (event("signatures_voided", data={"count": 1}), "Omar Oncologist voided 1 signature of plan 2 by a change"),
        (event("prior_treatment_added", data={"modality": "OSA"}),
         "Omar Oncologist added a previous therapy (Other systemic agent)"),
        (event("reminder_put_off", follow_up=CT, data={"until": "2026-06-01T07:00:00+00:00"}),
         "Omar Oncologist put off the reminder of the follow-up “CT or MRI, due 1 May 2026” until 1 Jun 2026"),
        (event("case_opened", by=None, new="accepted"), "Consilium opened the case as accepted"),
    ],
)  # fmt: skip
def test_sentences(what, words):
    assert sentence(what) == words


def test_an_unknown_kind_still_reads():
    assert sentence(event("meeting_held")) == "Omar Oncologist meeting held"


def test_links_lead_to_the_thing():
    assert url_of(event("step_moved")) == "/plans/5/#step-7"
    assert url_of(event("follow_up_added")) == "/follow-ups/9/"
    assert url_of(event("facts_changed")) == "/cases/3/proforma/history/"
    assert url_of(event("case_opened")) == ""


def facts(names, **more):
    return event("facts_changed", data={"fields": names}, **more)


def test_a_run_of_edits_is_one_line_with_every_field_once():
    (entry,) = entries([facts(["grade", "ecog"]), facts(["grade"]), facts(["ki67_percent"])])
    assert (entry.count, entry.text) == (3, "Grade, ECOG performance status, Ki-67")


def test_another_person_or_another_day_is_another_line():
    later = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert len(entries([facts(["grade"], at=later), facts(["grade"]), facts(["grade"], by=ANA)])) == 3


def test_something_in_between_divides_a_run():
    assert len(entries([facts(["grade"]), event("plan_drafted"), facts(["grade"])])) == 3


def test_follow_ups_cancelled_together_are_one_line():
    replaced = {"new": "cancelled", "reason": "Replaced by the schedule of plan 2"}
    (entry,) = entries([event("follow_up_settled", **replaced) for _ in range(12)])
    assert entry.title == "Omar Oncologist cancelled 12 follow-ups"


def test_an_amendment_tells_of_its_draft():
    (entry,) = entries([event("plan_amends", data={"amends": 1}), event("plan_drafted")])
    assert entry.title == "Omar Oncologist began plan 2 as an amendment of plan 1"


def told(kind, was, now, **more):
    """What stands below the sentence."""
    (entry,) = entries([event(kind, data={"was": was, "now": now}, **more)])
    return [(one.label, one.old, one.new) for one in entry.changes]


@pytest.mark.parametrize(
    ("kind", "name", "label"),
    [
        ("prior_treatment_changed", "started_on", "Started"),
        ("specimen_changed", "taken_on", "Date of the specimen or its report"),
    ],
)
def test_a_day_that_is_known_in_part_reads_as_days_do(kind, name, label):
    found = [told(kind, {name: "2019-05-12"}, {name: now}) for now in ("2019", "2020-02", None)]
    assert found == [[(label, "12 May 2019", words)] for words in ("2019", "Feb 2020", "nothing")]


def test_what_came_with_a_move_is_told_below_it_and_what_the_sentence_says_is_not():
    now = {"status": "completed", "ended_on": "2016-11-20", "fulfilment": "full", "due_on": None}
    was = {"status": "in_progress", "ended_on": None, "fulfilment": "", "due_on": "2016-12-01"}
    assert told("step_moved", was, now, old="in_progress", new="completed") == [
        ("Fulfilment", "nothing", "Full"),
        ("Next date", "1 Dec 2016", "nothing"),
    ]


def test_a_day_that_was_written_over_is_told_with_both_values():
    was, now = {"started_on": "2016-11-20"}, {"started_on": None}
    assert told("step_moved", was, now, old="in_progress", new="planned") == [("Started", "20 Nov 2016", "nothing")]
