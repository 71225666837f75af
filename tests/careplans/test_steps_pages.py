"""Which reference page a step rests on."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from careplans.models import Event, Plan, Step
from careplans.models.plan_content import canonical_content
from careplans.readers.plan_changes import compare_plans
from careplans.services.plans import amend_plan
from careplans.services.steps import add_step, edit_step
from modalities.models import Modality
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.modalities.makers import add, publish, publish_new, retire

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}


@pytest.fixture
def lanreotide(pages, edda):
    return publish_new(edda)


@pytest.fixture
def microwave(lanreotide, edda):
    return publish_new(edda, slug="microwave-ablation", title="Microwave ablation", code="OTHER")


@pytest.fixture
def draft(board, ana, lanreotide):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)


def new(plan, by, **values):
    return add_step(Plan.objects.get(pk=plan.pk), by=by, phase="adjuvant", **values)


def save(user, step, data):
    client = Client()
    client.force_login(user)
    return client.post(reverse("careplans:step_save", args=[step.pk]), data, **FETCH).json()


def choices(user, plan):
    client = Client()
    client.force_login(user)
    return client.get(reverse("careplans:plan_edit", args=[plan.pk])).content.decode()


def test_a_step_rests_on_the_added_page_and_counts_as_its_code(draft, ana, lanreotide):
    step = new(draft, ana, reference_page="lanreotide")
    assert (step.modality_code, step.modality_revision, step.title) == (
        "OSA", lanreotide.current_revision, "Lanreotide",
    )  # fmt: skip
    assert Event.objects.filter(step=step, kind="step_added").exists()


def test_a_step_on_the_main_page_has_its_usual_title(draft, ana):
    step = new(draft, ana, modality_code="OSA", description="Octreotide LAR")
    assert (step.title, step.modality) == ("Other systemic agent: Octreotide LAR", "OSA")
    assert step.modality_revision.modality.slug == "other-systemic-agents"


def test_a_page_that_counts_as_other_has_a_revision_behind_it(draft, ana, microwave):
    step = new(draft, ana, reference_page="microwave-ablation")
    assert (step.modality_code, step.title) == ("OTHER", "Microwave ablation")
    assert step.modality_revision == microwave.current_revision


def test_other_without_a_page_has_none(draft, ana):
    assert new(draft, ana, modality_code="OTHER", description="Watch").modality_revision is None


def test_the_title_stays_what_it_was_when_the_page_is_renamed(draft, ana, lanreotide, edda):
    step = new(draft, ana, reference_page="lanreotide")
    publish(lanreotide, edda, title="Lanreotide autogel")
    assert Step.objects.get(pk=step.pk).title == "Lanreotide"


def test_a_retired_page_is_refused_with_a_sentence(draft, ana, lanreotide):
    retire(lanreotide)
    with pytest.raises(ValidationError, match="is retired"):
        new(draft, ana, reference_page="lanreotide")


def test_a_retired_main_page_is_refused_too(draft, ana):
    retire(Modality.objects.get(slug="prrt"))
    with pytest.raises(ValidationError, match="is retired"):
        new(draft, ana, modality_code="PRRT")


def test_an_unpublished_page_does_not_exist_for_a_step(draft, ana, edda):
    add(edda, slug="octreotide", title="Octreotide")
    with pytest.raises(ValidationError, match="no reference page of that name"):
        new(draft, ana, reference_page="octreotide")


def test_saving_a_step_again_on_a_retired_page_leaves_it_alone(draft, ana, lanreotide):
    step = new(draft, ana, reference_page="lanreotide")
    retire(lanreotide)
    _, theirs = edit_step(step, {"modality": "page-lanreotide", "rationale": "more"}, by=ana)
    step.refresh_from_db()
    assert (step.modality_revision, step.rationale, theirs) == (lanreotide.current_revision, "more", {})


def test_an_amendment_copies_a_step_on_a_retired_page(board, ana, chloe, lanreotide):
    case = makers.make_case(board, by=ana)
    plan = makers.make_plan(case, by=ana)
    add_step(
        plan,
        by=ana,
        phase="adjuvant",
        reference_page="lanreotide",
        goals=["cure"],
        owner=ana,
        planned_start=makers.TODAY(),
    )
    makers.submit(plan, by=ana)
    active = makers.release(plan, by=chloe)
    retire(lanreotide)
    amended = amend_plan(active, by=ana, reason="Progression", expected_version=active.version)
    assert [step.title for step in amended.steps.all()] == ["Other systemic agent", "Lanreotide"]


def test_the_form_lists_the_added_pages_apart(draft, ana, microwave):
    text = choices(ana, draft)
    assert 'label="Pages that your centre added"' in text
    assert "Lanreotide (other systemic agent)" in text
    assert ">Microwave ablation<" in text


def test_the_form_leaves_out_what_is_retired(draft, ana, lanreotide):
    retire(lanreotide)
    assert "Lanreotide" not in choices(ana, draft)


def test_the_form_of_a_step_still_shows_its_retired_page(draft, ana, lanreotide):
    step = new(draft, ana, reference_page="lanreotide")
    retire(lanreotide)
    client = Client()
    client.force_login(ana)
    text = client.get(reverse("careplans:step_edit", args=[step.pk])).content.decode()
    assert '<option value="page-lanreotide" selected>Lanreotide (other systemic agent), retired' in text.replace(
        "\n", ""
    )


def test_the_new_step_form_takes_an_added_page(draft, ana):
    client = Client()
    client.force_login(ana)
    client.post(reverse("careplans:step_new", args=[draft.pk]), {"phase": "adjuvant", "modality": "page-lanreotide"})
    assert draft.steps.last().reference_page_title == "Lanreotide"


def test_the_new_step_form_says_why_a_page_is_refused_and_keeps_what_was_typed(draft, ana, lanreotide):
    retire(lanreotide)
    client = Client()
    client.force_login(ana)
    typed = {"phase": "adjuvant", "modality": "page-lanreotide", "description": "120 mg"}
    response = client.post(reverse("careplans:step_new", args=[draft.pk]), typed)
    assert response.status_code == 400
    assert "is retired" in response.content.decode()
    assert 'value="120 mg"' in response.content.decode()


def test_choosing_a_page_is_saved_as_it_is_chosen(draft, ana, lanreotide):
    step = draft.steps.first()
    answer = save(ana, step, {"modality": "page-lanreotide", "base-modality": "OSA"})
    step.refresh_from_db()
    assert answer["saved"] == {"modality": "page-lanreotide"}
    assert "/reference/lanreotide/revisions/1/" in answer["html"]["step-rests"]
    assert (step.modality_code, step.modality_revision) == ("OSA", lanreotide.current_revision)


def test_two_who_choose_at_once_are_told_of_each_other(draft, ana, omar):
    step = draft.steps.first()
    save(ana, step, {"modality": "page-lanreotide", "base-modality": "OSA"})
    answer = save(omar, step, {"modality": "PRRT", "base-modality": "OSA"})
    conflict = answer["conflicts"]["modality"]
    assert (conflict["label"], conflict["theirs"], conflict["mine"]) == ("Modality", "page-lanreotide", "PRRT")
    step.refresh_from_db()
    assert step.title == "Lanreotide"


def test_without_script_the_dispute_names_the_page_and_not_its_key(draft, ana, omar):
    step = draft.steps.first()
    save(ana, step, {"modality": "page-lanreotide", "base-modality": "OSA"})
    client = Client()
    client.force_login(omar)
    data = {"phase": step.phase, "modality": "PRRT", "base-modality": "OSA", "base-phase": step.phase}
    text = client.post(reverse("careplans:step_save", args=[step.pk]), data).content.decode()
    assert "changed this to “Lanreotide (other systemic agent)”" in text


def test_going_back_to_the_code_goes_back_to_the_main_page(draft, ana):
    step = new(draft, ana, reference_page="lanreotide")
    save(ana, step, {"modality": "OSA", "base-modality": "page-lanreotide"})
    step.refresh_from_db()
    assert (step.reference_page_title, step.modality_revision.modality.slug) == ("", "other-systemic-agents")


def test_what_is_signed_of_a_step_on_a_main_page_has_no_new_part(draft):
    steps = list(Step.objects.filter(plan=draft).for_plan())
    assert "reference_page_title" not in canonical_content(draft, steps, [])["steps"][0]


def test_a_change_of_page_shows_when_plans_are_compared(draft, ana):
    old = Plan.objects.for_detail().get(pk=draft.pk)
    step = old.steps.all()[0]
    edit_step(step, {"modality": "page-lanreotide"}, by=ana)
    changed = Plan.objects.for_detail().get(pk=draft.pk)
    changed.steps.all()[0].carried_from_id = step.pk
    shown = next(c for c in compare_plans(old, changed).steps if c.step.pk == step.pk and c.changes)
    assert shown.changes[0].pieces == [("added", "Lanreotide"), ("same", "revision 1")]


def test_the_api_adds_a_step_on_a_page(draft, ana):
    draft = Plan.objects.get(pk=draft.pk)
    body = {"phase": "adjuvant", "modality_code": "OSA", "reference_page": "lanreotide"}
    answer = Api(ana).post(f"/plans/{draft.pk}/steps/", body, version=draft.version)
    assert answer.status_code == 201
    assert (answer.json()["reference_page"], answer.json()["modality_revision"]["number"]) == ("lanreotide", 1)
    assert answer.json()["title"] == "Lanreotide"


@pytest.mark.parametrize(
    "body", [{"modality_code": "PRRT"}, {"modality_code": "OSA", "reference_page": "no-such-page"}]
)
def test_the_api_refuses_a_page_that_does_not_fit(draft, ana, body):
    draft = Plan.objects.get(pk=draft.pk)
    body = {"phase": "adjuvant", "reference_page": "lanreotide"} | body
    answer = Api(ana).post(f"/plans/{draft.pk}/steps/", body, version=draft.version)
    assert (answer.status_code, attrs(answer)) == (400, ["reference_page"])


def test_the_api_changes_the_page_of_a_step(draft, ana):
    step = Step.objects.filter(plan=draft).first()
    answer = Api(ana).patch(f"/steps/{step.pk}/", {"reference_page": "lanreotide"}, version=step.version)
    assert (answer.status_code, answer.json()["reference_page"]) == (200, "lanreotide")


def test_the_same_code_over_the_api_leaves_the_page_alone(draft, ana):
    step = new(draft, ana, reference_page="lanreotide")
    answer = Api(ana).patch(f"/steps/{step.pk}/", {"modality_code": "OSA", "only_if": "stable"}, version=step.version)
    assert (answer.status_code, answer.json()["reference_page"], answer.json()["only_if"]) == (
        200,
        "lanreotide",
        "stable",
    )


def test_the_main_page_is_named_over_the_api_like_any_other(draft, ana):
    step = new(draft, ana, reference_page="lanreotide")
    answer = Api(ana).patch(f"/steps/{step.pk}/", {"reference_page": "other-systemic-agents"}, version=step.version)
    assert (answer.json()["reference_page"], answer.json()["title"]) == (
        "other-systemic-agents",
        "Other systemic agent",
    )


def test_the_api_names_no_page_for_other(draft, ana):
    step = new(draft, ana, modality_code="OTHER", description="Watch")
    assert Api(ana).get(f"/steps/{step.pk}/").json()["reference_page"] is None
