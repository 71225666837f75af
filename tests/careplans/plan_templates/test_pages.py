"""What readers, editors and approvers meet on the pages of templates."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careplans.models import Plan, PlanTemplate, PlanTemplateVersion
from careplans.plan_templates import drafts
from careplans.plan_templates.content import read_content
from careplans.services.plans import draft_plan
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import CONTENT, case_of, in_force
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PLAIN = [{key: value for key, value in one.items() if key != "sources"} for one in CONTENT["steps"]]
STEP = {
    "phase": "surveillance", "modality": "OTHER", "description": "Look again", "goals": ["monitoring"], "owner": "radiology",
    "start": "4", "start_unit": "weeks", "course": "once", "after_event": "ended", "wait_unit": "weeks",
}  # fmt: skip


@pytest.fixture
def stands(db):
    return in_force(steps=PLAIN)


@pytest.fixture
def draft(stands, edda):
    return drafts.begin_version(stands.template, by=edda)


@pytest.fixture
def editor(client, edda):
    client.force_login(edda)
    return client


def page(client, name, *args, **more):
    return client.get(reverse(f"careplans:{name}", args=args), more)


def text(response):
    return response.content.decode()


def now():
    return read_content(PlanTemplateVersion.objects.order_by("-number").first().content)


def test_those_that_fit_the_case_stand_first_with_the_reason(client, templates, board, ana):
    case = case_of(board, "V04", by=ana)
    client.force_login(ana)
    shown = text(page(client, "plan_start", case.pk))
    first = shown.index("Neuroendocrine carcinoma, platinum")
    assert first < shown.index("Resectable pancreatic NET")
    assert "Extent of disease: Metastatic" in shown and "Does not fit:" in shown


def test_from_the_case_to_a_filled_draft_it_takes_two_clicks(client, stands, board, ana):
    case = makers.make_case(board, by=ana)
    client.force_login(ana)
    assert reverse("careplans:plan_start", args=[case.pk]) in text(page(client, "case", case.pk))
    sent = client.post(reverse("careplans:plan_start", args=[case.pk]), {"template": stands.pk})
    plan = Plan.objects.get()
    assert sent.url == reverse("careplans:plan_edit", args=[plan.pk]) and plan.steps.count() == 2


def test_an_empty_draft_is_filled_from_its_page(client, stands, board, ana):
    plan = draft_plan(makers.make_case(board, by=ana), by=ana)
    client.force_login(ana)
    assert reverse("careplans:plan_template", args=[plan.pk]) in text(page(client, "plan_edit", plan.pk))
    client.post(reverse("careplans:plan_template", args=[plan.pk]), {"template": stands.pk, "version": plan.version})
    assert plan.steps.count() == 2


def test_a_plan_names_the_version_that_it_started_from(client, stands, board, ana):
    case = makers.make_case(board, by=ana)
    client.force_login(ana)
    client.post(reverse("careplans:plan_start", args=[case.pk]), {"template": stands.pk})
    assert f"{stands.title}, version 1" in text(page(client, "plan", Plan.objects.get().pk))


def test_without_a_choice_the_page_comes_again(client, stands, board, ana):
    case = makers.make_case(board, by=ana)
    client.force_login(ana)
    answer = client.post(reverse("careplans:plan_start", args=[case.pk]), {"template": "x"})
    assert answer.status_code == 400 and "Choose a template" in text(answer)


def test_a_step_is_added_by_a_form(editor, draft):
    sent = editor.post(
        reverse("careplans:template_step_new", args=[draft.template.slug]), STEP | {"version": draft.version}
    )
    assert sent.status_code == 302, text(sent)[:3000]
    assert [step.description for step in now().ordered][-1] == "Look again"


def test_a_decision_is_added_with_its_arms(editor, draft):
    typed = {
        "version": draft.version, "phase": "surveillance", "description": "Re-staging", "owner": "radiology", "start": "9",
        "arm-TOTAL_FORMS": "6", "arm-INITIAL_FORMS": "0", "arm-0-name": "responds", "arm-1-name": "else", "arm-1-no_step": "stop",
    }  # fmt: skip
    sent = editor.post(reverse("careplans:template_step_new", args=[draft.template.slug]) + "?kind=decision", typed)
    assert sent.status_code == 302, text(sent)[:3000]
    last = now().ordered[-1]
    assert last.is_decision and [arm.name for arm in last.arms] == ["responds", "else"]


def test_what_a_step_says_stands_in_its_form(editor, draft):
    shown = text(page(editor, "template_step", draft.template.slug, "s2"))
    assert "pathology" in shown and "margin involved" in shown and "not clear" in shown


def test_a_colleague_who_saved_first_is_shown_and_nothing_typed_is_lost(editor, draft, edda):
    url = reverse("careplans:template_step", args=[draft.template.slug, "s1"])
    typed = STEP | {"version": draft.version, "modality": "SURG", "goals": ["cure"]}
    editor.post(url, typed | {"description": "hers"})
    answer = editor.post(url, typed | {"description": "mine"})
    assert answer.status_code == 400
    assert "What stands now:" in text(answer) and "hers" in text(answer) and 'value="mine"' in text(answer)


@pytest.mark.parametrize(
    ("verb", "order"), [("up", ["s2", "s1"]), ("down", ["s1", "s2"]), ("remove", ["s1"]), ("join", ["s1", "s2"])]
)
def test_a_step_is_moved_and_taken_out_by_a_button(verb, order, editor, draft):
    url = reverse("careplans:template_step_act", args=[draft.template.slug, "s2"])
    editor.post(url, {"version": draft.version, "verb": verb})
    assert [step.key for step in now().ordered] == order
    if verb == "join":
        assert {step.place for step in now().steps} == {1}


def test_a_stale_button_moves_nothing(editor, draft):
    url = reverse("careplans:template_step_act", args=[draft.template.slug, "s2"])
    editor.post(url, {"version": draft.version, "verb": "remove"})
    editor.post(url.replace("s2", "s1"), {"version": draft.version, "verb": "remove"})
    assert [step.key for step in now().steps] == ["s1"]


def test_for_whom_it_is_follows_what_is_ticked(editor, draft):
    typed = {
        "version": draft.version, "title": "Other", "summary": "Who", "fits_grade": ["G1", "G2"], "most_primary_mm": "20",
    }  # fmt: skip
    editor.post(reverse("careplans:template_about", args=[draft.template.slug]), typed)
    assert (now().title, now().fits, now().most_primary_mm) == ("Other", {"grade": ("G1", "G2")}, 20)


def test_schedules_are_chosen_from_the_library(editor, draft):
    typed = {
        "version": draft.version, "schedule-TOTAL_FORMS": "4", "schedule-INITIAL_FORMS": "0",
        "schedule-0-name": "After PRRT", "schedule-0-from_step": "s1", "schedule-0-owner": "surgery",
    }  # fmt: skip
    sent = editor.post(reverse("careplans:template_schedules", args=[draft.template.slug]), typed)
    assert sent.status_code == 302, text(sent)[:3000]
    assert now().schedule_lines == ["After PRRT, from when step 1 has ended, by surgery"]


def test_from_draft_to_force_by_two_people(client, draft, edda):
    slug = draft.template.slug
    client.force_login(edda)
    client.post(reverse("careplans:template_step_new", args=[slug]), STEP | {"version": draft.version})
    row = PlanTemplateVersion.objects.open().get()
    client.post(
        reverse("careplans:template_draft_act", args=[slug]),
        {"verb": "send", "version": row.version, "change_note": "a look back"},
    )
    abel = make_user("abel@consilium.example", "Abel Approver", is_content_approver=True)
    client.force_login(abel)
    row.refresh_from_db()
    shown = text(page(client, "template_draft", slug))
    assert "Approve and put into force" in shown and "What changes against version 1" in shown
    client.post(reverse("careplans:template_publish", args=[slug]), {"version": row.version})
    assert "Look again" in text(page(client, "template", slug))
    assert "Version 2" in text(page(client, "template_versions", slug))
    assert "Look again" in text(page(client, "templates_compare", slug))


def test_a_new_template_begins_with_its_title(editor):
    editor.post(reverse("careplans:template_new"), {"title": "Small bowel, obstructed", "summary": "Who"})
    assert PlanTemplate.objects.get(created_by__isnull=False).slug == "small-bowel-obstructed"
    assert editor.get(reverse("careplans:template", args=["small-bowel-obstructed"])).status_code == 404


def test_a_reader_sees_no_button_and_no_draft(client, draft, nina):
    client.force_login(nina)
    shown = text(page(client, "templates")) + text(page(client, "template", draft.template.slug))
    assert "Draft" not in shown and "Withdraw" not in shown and "How they are used" not in shown


def test_the_index_is_narrowed_by_phase_and_modality(client, templates, nina):
    client.force_login(nina)
    shown = text(page(client, "templates", modality="PRRT"))
    assert "PRRT for inoperable" in shown and "Resectable pancreatic" not in shown


@pytest.mark.parametrize("name", ["templates", "plan_start"])
def test_it_takes_as_many_queries_for_many_templates_as_for_two(name, client, board, ana):
    case = makers.make_case(board, by=ana)
    client.force_login(ana)
    args = [case.pk] if name == "plan_start" else []
    for number in range(2):
        in_force(slug=f"t{number}", title=f"T {number}")
    page(client, name, *args)
    with CaptureQueriesContext(connection) as two:
        page(client, name, *args)
    for number in range(2, 12):
        in_force(slug=f"t{number}", title=f"T {number}")
    with CaptureQueriesContext(connection) as twelve:
        page(client, name, *args)
    assert len(twelve) == len(two)
