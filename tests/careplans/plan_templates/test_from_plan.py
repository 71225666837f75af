"""A plan becomes the draft of a template: steps and courses, and nothing of the patient."""

import pytest
from django.urls import reverse

from careplans.models import Plan, PlanTemplateVersion
from careplans.plan_templates.checks import problems_of
from careplans.plan_templates.content import read_content
from careplans.plan_templates.from_plan import content_of, free_texts
from careplans.plan_templates.picture import template_picture
from careplans.readers.sequence import sequence_of
from careplans.services.plans import edit_plan
from careplans.services.steps import edit_step, move_in_order
from tests.careplans import makers

pytestmark = pytest.mark.django_db
TYPED = {"title": "As we did it", "summary": "For whom it is"}


@pytest.fixture
def plan(board, ana, omar):
    plan = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana, owner=omar).plan
    edit_plan(plan, {"aim": "Mrs Ashdown wants to travel"}, by=ana)
    edit_step(plan.steps.first(), {"description": "as Dr Weber does", "stop_when": "progression"}, by=ana)
    return plan


@pytest.fixture
def ana_edits(ana):
    ana.is_content_editor = True
    ana.save()
    return ana


def address(plan):
    return reverse("careplans:plan_as_template", args=[plan.pk])


def saved(client, plan, **ticked):
    response = client.post(address(plan), TYPED | ticked)
    assert response.status_code == 302, response.content.decode()[:2000]
    return read_content(PlanTemplateVersion.objects.get().content)


def test_steps_courses_gates_arms_and_owners_by_discipline_are_taken_over(client, plan, ana_edits):
    client.force_login(ana_edits)
    content = saved(client, plan)
    assert [step.phase for step in content.ordered] == [step.phase for step in plan.steps.order_by("position")]
    assert {step.owner for step in content.steps} == {"medical_oncology"}
    assert len(content.ordered[1].arms) == 2 and content.ordered[2].arm == content.ordered[1].arms[0].key
    assert all(step.start_unit in ("days", "weeks") for step in content.steps)


def test_no_word_of_the_plan_is_taken_over_unasked(client, plan, ana_edits):
    client.force_login(ana_edits)
    told = str(saved(client, plan))
    for words in (
        "Ashdown",
        "Weber",
        "progression",
        "flushing",
        "re-staging",
        "Omar",
        "SYN-1",
        "responds",
        "2026",
        "2027",
    ):
        assert words not in told


def test_only_what_was_ticked_is_taken_over(client, plan, ana_edits):
    client.force_login(ana_edits)
    first = plan.steps.first()
    content = saved(client, plan, **{f"s{first.pk}-stop_when": "on"})
    assert (content.ordered[0].stop_when, content.ordered[0].description, content.aim) == ("progression", "", "")


def test_nothing_is_ticked_beforehand(client, plan, ana_edits):
    client.force_login(ana_edits)
    page = client.get(address(plan)).content.decode()
    assert "Mrs Ashdown wants to travel" in page and " checked" not in page


def test_what_was_left_out_is_asked_for_before_review(client, plan, ana_edits):
    client.force_login(ana_edits)
    assert "say at what the board decides" in " ".join(problems_of(saved(client, plan)))


def test_an_editor_who_is_not_on_the_board_finds_no_plan(client, plan, edda):
    client.force_login(edda)
    assert client.get(address(plan)).status_code == 404


def test_a_member_who_edits_nothing_is_refused(client, plan, omar):
    client.force_login(omar)
    assert client.get(address(plan)).status_code == 403
    assert "Save as a template" not in client.get(reverse("careplans:plan", args=[plan.pk])).content.decode()


def test_the_plan_itself_offers_it_to_who_may(client, plan, ana_edits):
    client.force_login(ana_edits)
    assert "Save as a template" in client.get(reverse("careplans:plan", args=[plan.pk])).content.decode()


def test_a_free_text_of_a_step_side_by_side_is_asked_about_by_its_letter(client, plan, ana_edits):
    client.force_login(ana_edits)
    last = plan.steps.order_by("position").last()
    edit_step(last, {"agent": "as Dr Weber gives it"}, by=ana_edits)
    move_in_order(Plan.objects.get(pk=plan.pk), last, "join", by=ana_edits)
    assert "Step 4b (" in client.get(address(plan)).content.decode()


def test_the_template_of_a_plan_is_drawn_in_the_words_of_the_draft(plan, board):
    first, *_, prrt, last = plan.steps.order_by("position")
    edit_step(last, {"after_step": prrt, "only_if": "Ki-67 confirmed"}, by=plan.created_by)
    plan = Plan.objects.for_editing().get(pk=plan.pk)
    taken = {one.key for one in free_texts(plan)}
    content = content_of(plan, title="T", summary="S", taken=taken, disciplines={}, today=board.today)
    drawn, drafted = template_picture(content, board.today).sequence, sequence_of(plan, today=board.today)
    assert [said_of(step) for step in drawn.steps] == [said_of(step) for step in drafted.steps]
    assert drafted.steps[-1].gate.words.startswith("After 4 has ended, only if")


def said_of(step):
    return step.label, step.gate and step.gate.words, step.branch, [one.words for one in step.branches]
