"""What the page of a course says of each step, advisory and fact, so that nobody has to look elsewhere before treating."""

import re

import pytest

from careplans.models import Advisory, Step
from careplans.services.cases import add_prior_treatment
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.reports.worked_out import on

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(board, ana, omar, chloe):
    """In force since 4 March: lanreotide, and after it everolimus if the tumour progresses."""
    makers.require_disciplines(board, "medical_oncology")
    with on(3, 4):
        case = makers.make_case(board, by=ana)
        plan = makers.make_plan(case, by=ana, steps=2)
        Step.objects.filter(plan=plan, position=1).update(agent="lanreotide")
        Step.objects.filter(plan=plan, position=2).update(agent="everolimus", only_if="progression")
        return in_force(plan, ana, omar, chloe)


def in_force(plan, ana, omar, chloe):
    makers.submit(plan, by=ana)
    makers.sign(plan, by=omar)
    return makers.release(plan, by=chloe)


@pytest.fixture
def page(client, ana, plan):
    client.force_login(ana)

    def get(query="", month=3, day=31):
        with on(month, day):
            return client.get(f"/cases/{plan.case_id}/course/{query}").content.decode()

    return get


def part(text, name):
    return text.split(f'id="{name}"')[1].split("</section>")[0]


def rows(text, number):
    """Of the table of one plan, each row in words."""
    table = text.split(f"Steps of plan {number}</caption>")[1].split("</table>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("<tr>")[2:]]


def test_each_step_is_named_with_its_agent_in_table_and_picture(page):
    text = page()
    first, second = rows(text, 1)
    assert first.startswith("1. Other systemic agent (lanreotide)")
    assert second.startswith("2. Other systemic agent (everolimus)")
    assert any("lanreotide" in drawn.partition("</svg>")[0] for drawn in text.split("<svg")[1:])


def test_a_step_that_is_not_done_keeps_its_condition(page, plan, ana):
    assert "Only if progression" in rows(page(), 1)[1]
    with on(3, 20):
        step = plan.steps.get(position=2)
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    second = rows(page(), 1)[1]
    assert "Not done" in second and "Only if progression" in second


def test_of_a_superseded_plan_it_says_where_its_steps_went_on(page, plan, ana, omar, chloe):
    with on(3, 20):
        amended = amend_plan(plan, by=ana, expected_version=plan.version, reason="A new scan")
        in_force(amended, ana, omar, chloe)
    text = page()
    for before in rows(text, 1):
        assert "Went on in plan 2" in before
        assert "Planned" not in before and "In progress" not in before
    assert re.search(r'data-label="Due">–<', text.split("Steps of plan 1</caption>")[1].split("</table>")[0])
    assert not any("Went on" in row for row in rows(text, 2))
    # On a day before it had gone nowhere.
    assert not any("Went on" in row for row in rows(page("?as_of=2026-03-10"), 1))


def test_earlier_treatments_stand_in_a_part_of_their_own(page, plan, ana):
    with on(3, 10):
        add_prior_treatment(
            plan.case, by=ana, modality_code="OSA", description="octreotide LAR", response="stable", ended="running"
        )
    earlier = part(page(), "part-therapies")
    assert "octreotide LAR" in earlier and "Still running" in earlier
    assert "None from before the plans is recorded" in part(page("?as_of=2026-03-05"), "part-therapies")
    assert "Add a previous therapy" not in earlier


def test_an_advisory_lists_its_grounds_and_names_weight_source_and_inference(page, plan):
    step = plan.steps.get(position=2)
    shared = {
        "board": plan.board, "case": plan.case, "plan": plan, "rule_set": "seed-1", "content_version": 1,
        "fired_at": plan.created_at,
    }  # fmt: skip
    with on(3, 5):
        Advisory.objects.create(
            **shared, rule="FAC-99", severity="caution", basis="source", advice="The missing factors are listed.",
            statements=["S20"], details=["ECOG", "grade"],
        )  # fmt: skip
        Advisory.objects.create(
            **shared, rule="SEQ-99", severity="warning", basis="inference", advice="One before the other.",
            statements=["S21"], step=step,
        )  # fmt: skip
    told = part(page(), "advisories")
    whole, of_step = (said_with(told, words) for words in ("The missing factors are listed.", "One before the other."))
    assert "<h3>Plan 1 as a whole</h3>" in told and "<h3>Plan 1, step 2: Other systemic agent (everolimus)</h3>" in told
    assert "(ECOG; grade)" in whole and "Caution" in whole and "#S20" in whole and "implied by the source" not in whole
    assert "Warning" in of_step and "#S21" in of_step and "implied by the source rather than said" in of_step
    assert "not answered" in whole and 'id="advice-' not in told


def said_with(text, words):
    [found] = [item for item in text.split("<li")[1:] if words in item.partition("<a")[0]]
    return found


def test_facts_that_do_not_go_together_are_marked_as_they_were_then(page, plan, ana):
    with on(3, 20):
        save_proforma(plan.case, {"grade": "NEC", "differentiation": "well"}, by=ana)
    words = "NEC is poorly differentiated by definition"
    assert words in page() and words not in page("?as_of=2026-03-10")
    with on(4, 10):
        save_proforma(plan.case, {"differentiation": "poor"}, by=ana)
    assert words in page("?as_of=2026-03-25", 4, 20) and words not in page("", 4, 20)
