"""What hangs on a step goes into a template and out of it again."""

from dataclasses import replace

import pytest
from django.urls import reverse

from careplans.models import PlanTemplateVersion, Step
from careplans.models.monitoring import monitoring_of
from careplans.plan_templates import drafts
from careplans.plan_templates.checks import faults_in, problems_of
from careplans.plan_templates.compare import changes_between
from careplans.plan_templates.content import TemplateMonitoring, as_data, read_content
from careplans.plan_templates.edits import put_step
from careplans.plan_templates.plain import shown_steps
from careplans.services.monitoring import add_monitoring
from careplans.services.plan_templates import draft_from_template
from careplans.services.plans import draft_plan
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import CONTENT, case_of, in_force

BLOOD = TemplateMonitoring(kind="other", when="occurrence", title="Blood count", days_after=14)
CYCLES = {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}


def with_blood(*lines):
    content = read_content(CONTENT)
    step = replace(content.ordered[0], **CYCLES, monitoring=lines or (BLOOD,))
    return replace(content, steps=(step, *content.steps[1:]))


def test_what_is_kept_is_read_as_it_was():
    assert read_content(as_data(with_blood())) == with_blood()


def test_it_is_told_in_the_words_of_a_plan():
    assert shown_steps(with_blood())[0].monitoring == ["Blood count 14 days after each cycle"]


def test_what_differs_between_versions_is_told():
    plain = replace(with_blood(), steps=(replace(with_blood().steps[0], monitoring=()), with_blood().steps[1]))
    [change] = changes_between(plain, with_blood())
    assert [(one.label, one.new) for one in change.fields] == [
        ("Hangs on this step", "Blood count 14 days after each cycle")
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": ""}, "Say in words what is to be done"),
        ({"days_after": None}, "how many days after each"),
        ({"when": "course"}, "how often"),
        ({"kind": "fame"}, "one of the listed kinds"),
    ],
)
def test_what_could_not_hang_on_a_step_is_named(changed, words):
    assert words in " ".join(faults_in(with_blood(replace(BLOOD, **changed))))


def test_a_step_that_is_edited_keeps_it():
    changed = put_step(with_blood(), "s1", {"description": "other words"})
    assert changed.step("s1").monitoring == (BLOOD,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "vignette", "modality", "days"),
    [
        ("prrt-gep-net", "V03", "PRRT", [14, 28]),
        ("midgut-functional-liver", "V01", "PRRT", [14, 28]),
        ("nec-platinum", "V04", "CHEMO", [18]),
    ],
)
def test_blood_is_looked_at_after_each_cycle_of_a_supplied_template(
    templates, board, ana, slug, vignette, modality, days
):
    plan = draft_from_template(case_of(board, vignette, by=ana), templates[slug], by=ana).plan
    step = Step.objects.filter(modality_code=modality).for_plan().get(plan=plan)
    assert [line.days_after for line in monitoring_of(step)] == days


@pytest.fixture
def given(board, ana):
    """A draft with PRRT, on which a blood count hangs."""
    makers.make_modality("PRRT")
    plan = draft_plan(makers.make_case(board, by=ana), by=ana)
    step = add_step(plan, by=ana, phase="tumour_control", modality_code="PRRT", goals=["tumour_control"], **CYCLES)
    return add_monitoring(step, by=ana, kind="other", title="Count for Mr Orr", when="occurrence", days_after=14)


@pytest.fixture
def editor(client, ana):
    ana.is_content_editor = True
    ana.save()
    client.force_login(ana)
    return client


def saved(editor, line, **ticked):
    typed = {"title": "As we did it", "summary": "For whom"} | ticked
    editor.post(reverse("careplans:plan_as_template", args=[line.step.plan_id]), typed)
    return read_content(PlanTemplateVersion.objects.get(state="draft").content)


@pytest.mark.django_db
def test_a_template_from_a_plan_has_it_and_asks_for_its_words(editor, given):
    content = saved(editor, given)
    assert content.steps[0].monitoring == (replace(BLOOD, title=""),)
    assert "Say in words what is to be done" in " ".join(problems_of(content))


@pytest.mark.django_db
def test_its_words_are_taken_over_where_somebody_says_so(editor, given):
    content = saved(editor, given, **{f"m{given.pk}-title": "on"})
    assert content.steps[0].monitoring[0].title == "Count for Mr Orr"


@pytest.fixture
def draft(edda):
    steps = as_data(with_blood())["steps"]
    steps[0].pop("sources")
    return drafts.begin_version(in_force(steps=steps).template, by=edda)


def typed(client, draft, **changed):
    """The page of its first step, sent as it stands but for what is changed."""
    client.force_login(draft.author)
    url = reverse("careplans:template_step", args=[draft.template.slug, "s1"])
    context = client.get(url).context
    told = {name: context["form"][name].value() for name in context["form"].fields}
    told |= {field.html_name: field.value() for field in context["hangs"].management_form}
    told |= {field.html_name: field.value() for row in context["hangs"] for field in row}
    sent = {name: value for name, value in (told | changed).items() if value is not None}
    return client.post(url, sent)


def stands():
    return read_content(PlanTemplateVersion.objects.order_by("-number").first().content).step("s1").monitoring


@pytest.mark.django_db
def test_an_editor_who_changes_other_words_keeps_it(client, draft):
    assert typed(client, draft, description="in the morning").status_code == 302
    assert stands() == (BLOOD,)


@pytest.mark.django_db
def test_an_editor_adds_one_and_takes_one_off(client, draft):
    added = {
        "hangs-1-kind": "echo",
        "hangs-1-when": "course",
        "hangs-1-interval": "12",
        "hangs-1-interval_unit": "months",
    }
    gone = {f"hangs-0-{name}": "" for name in ("kind", "title", "when", "days_after")}
    assert typed(client, draft, **added, **gone).status_code == 302
    assert [(one.kind, one.interval) for one in stands()] == [("echo", 12)]


@pytest.mark.django_db
def test_a_row_that_lacks_something_is_refused_and_typed_back(client, draft):
    answer = typed(client, draft, **{"hangs-0-days_after": ""})
    assert (answer.status_code, stands()) == (400, (BLOOD,))
    assert "how many days after each" in answer.content.decode()
