"""What a template says is read, checked, and told in days. No database."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from careplans.plan_templates.checks import faults_in
from careplans.plan_templates.compare import facts_of
from careplans.plan_templates.content import (
    TemplateArm,
    TemplateSchedule,
    TemplateStep,
    as_data,
    close_gaps,
    new_key,
    read_content,
    with_step,
)
from careplans.plan_templates.days import days_of
from careplans.plan_templates.edits import put_step
from careplans.plan_templates.forms.steps import StepForm
from careplans.plan_templates.loading import read_files
from careplans.plan_templates.plain import shown_steps

MONDAY = date(2026, 11, 23)
FILES = read_files()


def content(*steps, **fields):
    values = {
        "phase": "tumour_control",
        "modality": "OSA",
        "goals": ("tumour_control",),
        "owner": "surgery",
        "start": 0,
    }
    rows = tuple(TemplateStep(**{"key": f"s{n}", "place": n} | values | one) for n, one in enumerate(steps, start=1))
    return replace(read_content({"title": "T", "summary": "For whom", **fields}), steps=rows)


@pytest.mark.parametrize("slug", FILES)
def test_a_template_of_the_program_lacks_nothing(slug):
    assert faults_in(FILES[slug]) == []


@pytest.mark.parametrize("slug", FILES)
def test_what_is_kept_is_read_as_it_was(slug):
    assert read_content(as_data(FILES[slug])) == FILES[slug]


def test_five_come_with_the_program_and_none_gives_a_dose():
    assert len(FILES) == 5
    told = " ".join(str(as_data(one)) for one in FILES.values())
    assert not any(unit in told for unit in (" mg", " GBq", " Gy", "mg/m"))


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"goals": ()}, "at least one goal"),
        ({"owner": ""}, "which discipline"),
        ({"start": None}, "when it is planned"),
        ({"course": "cycles"}, "an interval with its unit"),
        ({"after": "s9"}, "a step that is not in the template"),
        ({"after": "s1"}, "a step that is not in the template"),
        ({"modality": "OTHER"}, "say what exactly"),
        ({"arm": "nowhere"}, "an arm that is not in the template"),
        ({"is_decision": True, "modality": "", "description": "?"}, "two to 6 arms"),
        ({"owner": "plumbing"}, "none of surgery"),
        ({"goals": ("fame",)}, "Choose goals from the list"),
        ({"start": 9999}, "a whole number from 0"),
    ],
)  # fmt: skip
def test_each_gap_is_named(step, words):
    assert words in " ".join(faults_in(content(step)))


def test_a_step_cannot_wait_for_one_that_comes_later():
    assert "does not come before it" in " ".join(faults_in(content({"after": "s2"}, {})))


def test_days_are_counted_from_the_day_on_which_it_is_taken():
    days = days_of(content({"start": 2, "start_unit": "weeks"}), MONDAY)
    assert days["s1"].start == date(2026, 12, 7)


def test_days_are_counted_from_the_last_cycle_of_another_step():
    cycles = {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}
    days = days_of(content(cycles, {"start": 12, "start_from": "s1"}), MONDAY)
    assert (days["s1"].end, days["s2"].start) == (date(2027, 5, 10), date(2027, 8, 2))


def test_no_day_is_a_saturday_or_sunday():
    days = days_of(content({"start": 5, "start_unit": "days"}), MONDAY)
    assert days["s1"].start == date(2026, 11, 30)


def test_no_day_is_off():
    cycles = {
        "start": 5,
        "start_unit": "days",
        "course": "cycles",
        "occurrences_planned": 2,
        "interval": 2,
        "interval_unit": "days",
    }
    days = days_of(content(cycles), MONDAY, off={date(2026, 11, 30), date(2026, 12, 3)})
    assert (days["s1"].start, days["s1"].end) == (date(2026, 12, 1), date(2026, 12, 4))


def test_nothing_is_planned_before_what_it_waits_for_in_days():
    days = days_of(content({"start": 1, "wait": 4}), MONDAY)
    assert days["s1"].start == days["s1"].not_before == date(2026, 12, 21)


def test_a_step_of_an_arm_has_no_day_until_the_arm_is_chosen():
    assert days_of(FILES["midgut-functional-liver"], MONDAY)["prrt"].start is None


def test_places_close_up_and_parallel_steps_stay_parallel():
    rows = close_gaps(content({"place": 3}, {"place": 7}, {"place": 7}))
    assert [step.place for step in rows.steps] == [1, 2, 2]


def test_a_new_step_gets_a_name_that_no_other_has():
    assert new_key(content({}, {})) == "s3"


SIDE_BY_SIDE = ({}, {"place": 2}, {"place": 2})


def test_a_step_side_by_side_is_called_by_its_letter_where_it_does_not_come_before():
    found = " ".join(faults_in(content({"after": "s3"}, *SIDE_BY_SIDE[1:])))
    assert "Step 1 (" in found and "it waits for step 2b," in found


def test_an_arm_of_a_step_side_by_side_is_called_by_its_letter():
    arms = tuple(TemplateArm(f"a{n}", f"arm {n}", no_step="-") for n in (1, 2))
    decision = {"place": 2, "is_decision": True, "modality": "", "description": "?", "arms": arms}
    rows = content({"arm": "a1"}, {"place": 2}, decision)
    assert "an arm of step 2b," in " ".join(faults_in(rows))
    form = StepForm(content=rows)
    assert ("a1", "arm 1 (step 2b)") in form.fields["arm"].choices
    held = with_step(rows, replace(rows.steps[1], arm="a2"))
    with pytest.raises(ValidationError, match="Step 2a stands in an arm that you emptied"):
        put_step(held, "s3", {"arms": [{"key": "a1", "name": "arm 1"}]})


def test_a_schedule_and_a_comparison_call_a_step_side_by_side_by_its_letter():
    rows = replace(content(*SIDE_BY_SIDE), schedules=(TemplateSchedule("Visits", from_step="s3"),))
    assert rows.schedule_lines == ["Visits, from when step 2b has ended"]
    assert facts_of(shown_steps(rows)[2])["Order"] == "2b"
