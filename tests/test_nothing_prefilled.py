"""A choice about what happened starts empty and is required; a day on which it happened starts empty. In every form, over the
API and in every service: the best case is nobody's default.

Every choice, day and tick of the product is in one of the two lists below. One that is in neither fails here, so that whoever
adds it says whether it is about what happened.
"""

import importlib
import inspect
import pkgutil
from html.parser import HTMLParser

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from rest_framework import serializers

import accounts
import careplans
import common
import modalities
from careplans.api import fields as api
from careplans.forms.proforma import ProformaForm
from careplans.forms.specimens import NewSpecimenForm
from careplans.models import Proforma, Specimen
from careplans.models.specimens import SPECIMEN_FIELDS
from careplans.services.later_outcomes import add_outcome, correct_outcome
from careplans.services.step_progress import complete_step, start_step
from common.forms import PartialDay
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.test_numbers import bodies

APPS = (accounts, careplans, common, modalities)

CHOICES_ABOUT_THE_PAST = {
    # what came of a step, a plan, an earlier treatment
    "response", "progression", "toxicity", "symptom_control", "fulfilment", "reason", "reason_code", "modality_code",
    "ended",
    # what the board has decided: whether it accepted the case; `status` on the page, `needs_triage` over the API
    "status", "needs_triage",
    # what somebody found or answered
    "about", "state", "answer", "matters_to_plans", "resend", "chosen_arm",
    # which specimen decides
    "decides",
    # who the patient is
    "sex",
    # what became of a name that is changed
    "old_name",
    # when the patient died, as far as it is known; whether another centre has taken over
    "month", "unknown", "confirmed",
    # that both records were looked at, and which of the two is right
    "looked", "stays",
}  # fmt: skip
DAYS_IN_THE_PAST = {
    "on", "done_on", "response_on", "progressed_on", "started_on", "ended_on", "birth_date", "accessed_on", "opened_on",
    "closed_on", "reviewed_on", "last_reviewed_on", "toxicity_on", "symptom_control_on",
}  # fmt: skip
PAST = CHOICES_ABOUT_THE_PAST | DAYS_IN_THE_PAST
# What lies ahead, who does it, what a thing is, and how the product is set up.
NOT_PAST = {
    "next_kind", "next_on", "next_assignee", "look_again_on", "delegates_may_lack_discipline",
    "analysts_read_text", "analysts_need_project",
    # of a reporting project, and of an analyst of all boards: how and until when they read
    "starts_on", "ends_on", "dates", "allows_text", "analysts", "user",
    # which file somebody wants
    "what", "form", "mail",
    "first_day", "last_day", "deputy", "due_on", "new_due_on", "until", "planned_start", "planned_end", "not_before",
    "counts_from", "passed_on", "in_force_on", "review_due_on", "day",
    "responsible", "assignee", "owner", "to", "schedule", "is_none", "unit", "starts_unit", "ends_unit", "overlap", "passed",
    "after_step", "from_step", "from_event", "direction", "arm",
    "course", "interval_unit", "after_event", "move_later",
    "phase", "modality", "goals", "target", "target_mm_unknown", "no_treatment", "kind", "kinds", "board", "role",
    "discipline", "alternative", "when", "severity", "scope", "basis", "parent", "code", "is_group", "is_active", "format",
    "weekends_off", "is_administrator", "is_content_editor", "is_content_approver", "mail_reminders", "mail_overdue",
    "mail_escalations", "mail_signatures", "mail_news", "signatures_at_once", "single_keys",
    "names", "institution", "confirmed_all", "one_name", "scopes", "boards", "reach", "on_boards", "nouns",
    "is_asked", "take_known",
    # of a template: what its steps and schedules follow
    "after", "start_from", "start_unit", "wait_unit", "name",
}  # fmt: skip
# Forms that choose what a page shows.
READING = {
    "CaseFilterForm",
    "PatientFilterForm",
    "FollowUpFilter",
    "HistoryFilterForm",
    "RuleFilterForm",
    "TimelineForm",
    "CourseForm",
    "ReportForm",
    "ScorecardForm",
    "IndicatorForm",
    "OverridesForm",
}
# The facts have a test of their own: what nobody said is not recorded.
FACTS_OF_A_SPECIMEN = set(SPECIMEN_FIELDS)
# An advisory waits for its answer as long as the board likes; several stand on one page.
# A date of death may be known in part.
# What becomes of the old name is asked where the name is another.
MAY_WAIT = {"answer", "month", "unknown", "old_name"}
# Words, and no choice: empty, it reads as not recorded. Whether a therapy has ended is not known where nobody says it.
IN_WORDS = {("add_prior_treatment", "toxicity"), ("add_prior_treatment", "ended")}
# What is left out of an outcome that stands stays as it is recorded: a test below.
OF_WHAT_STANDS = {
    "LaterFields", "AddOutcomeForm", "CorrectOutcomeForm", "LaterOutcome", "OutcomeCorrection", "StepOutcome",
    "StepOutcomeCorrection", "PlanOutcome", "PlanOutcomeCorrection",
}  # fmt: skip
# Asked where the step is one of the plan in force (tests/careplans/reports/test_reasons_nobody_gave.py).
OF_A_STEP_IN_FORCE = {("StepRemoval", "reason_code"), ("remove_step", "reason_code")}
# A modality is also what a step that is drafted is; a patch changes only what it names.
SHARED = {"modality_code"}


def below(base):
    for kind in base.__subclasses__():
        yield kind
        yield from below(kind)


def form_fields():
    """(form, name, field) of every choice, day and tick."""
    for app in APPS:
        for _, name, _ in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if "forms" in name.split("."):
                importlib.import_module(name)
    ours = {app.__name__ for app in APPS}
    for form in sorted(set(below(forms.BaseForm)), key=lambda form: form.__qualname__):
        if form.__module__.split(".")[0] in ours and form.__name__ not in READING:
            for name, field in form.base_fields.items():
                if "Specimen" in form.__name__ and name in FACTS_OF_A_SPECIMEN:
                    continue
                if isinstance(
                    field,
                    forms.ChoiceField | forms.ModelChoiceField | forms.DateField | PartialDay | forms.BooleanField,
                ):
                    yield form.__name__, name, field


def body_fields():
    """(body, name, field) of every choice, day and tick that a verb of the API takes."""
    found = set(bodies())
    assert len(found) > 15
    about = serializers.ChoiceField | serializers.DateField | api.PartialDay | serializers.BooleanField
    for body in sorted(found, key=lambda body: body.__name__):
        for name, field in body().fields.items():
            if "Specimen" in body.__name__ and name in FACTS_OF_A_SPECIMEN:
                continue
            if isinstance(field, about):
                yield body.__name__, name, field


def service_parameters():
    for app in (accounts, careplans, modalities):
        package = importlib.import_module(f"{app.__name__}.services")
        for _, name, _ in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{name}")
            for service in vars(module).values():
                if inspect.isfunction(service) and service.__module__ == module.__name__:
                    for parameter in inspect.signature(service).parameters.values():
                        yield service.__name__, parameter


def test_every_choice_and_day_of_a_form_is_in_one_of_the_lists():
    assert {f"{form}.{name}" for form, name, _ in form_fields() if name not in PAST | NOT_PAST} == set()
    assert not PAST & NOT_PAST


def test_every_choice_and_day_of_the_api_is_in_one_of_the_lists():
    # The facts have a list of their own, below.
    loose = {
        f"{body}.{name}" for body, name, _ in body_fields() if body != "ProformaBody" and name not in PAST | NOT_PAST
    }
    assert loose == set()


def test_a_form_chooses_nothing_of_what_happened():
    for form, name, field in form_fields():
        if name not in PAST:
            continue
        assert field.initial in (None, ""), f"{form}.{name} starts with {field.initial}"
        if isinstance(field, forms.ChoiceField) and not isinstance(field.widget, forms.RadioSelect):
            # A browser shows the first choice of a list as chosen.
            assert next(iter(field.choices))[0] == "", f"{form}.{name} begins with a value"
        if name in CHOICES_ABOUT_THE_PAST - MAY_WAIT and form not in OF_WHAT_STANDS:
            assert field.required, f"{form}.{name} may be left out"


def test_the_api_takes_nothing_of_what_happened_for_granted():
    for body, name, field in body_fields():
        if body == "ProformaBody" or name not in CHOICES_ABOUT_THE_PAST - SHARED - {"old_name"}:
            continue
        assert field.default is serializers.empty, f"{body}.{name} has a value where nobody gives one"
        may_be_left_out = body in OF_WHAT_STANDS or (body, name) in OF_A_STEP_IN_FORCE
        assert field.required or may_be_left_out, f"{body}.{name} may be left out"


@pytest.mark.django_db
def test_what_is_left_out_of_an_outcome_that_stands_stays_as_it_is(board, ana, chloe):
    step = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe).steps.get()
    step = start_step(step, by=ana, expected_version=step.version, on=board.today)
    told = makers.OUTCOME | {"toxicity": "grade_2", "toxicity_term": "Nausea"}
    step = complete_step(step, by=ana, expected_version=step.version, on=board.today, fulfilment="full", **told)
    step = add_outcome(step, by=ana, expected_version=step.version, on=board.today, response="stable")
    step = correct_outcome(step, by=ana, expected_version=step.version, why="read again", symptom_control="yes")
    step.refresh_from_db()
    assert {name: getattr(step, name) for name in told} == told | {"response": "stable", "symptom_control": "yes"}


def test_no_service_takes_the_best_case_for_granted():
    found = list(service_parameters())
    assert len(found) > 200
    for service, parameter in found:
        if (service, parameter.name) in IN_WORDS | OF_A_STEP_IN_FORCE:
            continue
        if parameter.name in CHOICES_ABOUT_THE_PAST - SHARED - {"reason"} or parameter.name in {"on", "done_on"}:
            assert parameter.default is inspect.Parameter.empty, f"{service}({parameter.name})"


def test_a_fact_that_nobody_recorded_is_not_recorded():
    choices = [name for name, field in ProformaForm.base_fields.items() if field.__class__ is forms.ChoiceField]
    assert len(choices) > 30
    assert {getattr(Proforma(), name) for name in choices} == {"not_recorded"}


def test_what_nobody_says_of_a_specimen_is_not_recorded():
    choices = {
        name: field for name, field in NewSpecimenForm.base_fields.items() if isinstance(field, forms.ChoiceField)
    }
    decides = choices.pop("decides")
    assert len(choices) > 5 and decides.required and decides.initial is None
    assert (
        {field.initial for field in choices.values()}
        == {getattr(Specimen(), name) for name in choices}
        == {"not_recorded"}
    )


class Controls(HTMLParser):
    """The controls of a page, by name, with what each starts with."""

    def __init__(self, html):
        super().__init__()
        self.found, self._select = {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        name = told.get("name", "").rpartition("-")[2]
        if tag == "select":
            self._select = name
            self.found.setdefault(name, set())
        elif tag == "option" and "selected" in told:
            self.found[self._select].add(told["value"])
        elif tag == "input" and told.get("type") != "hidden" and name:
            chosen = told.get("value", "") if told.get("type") not in ("radio", "checkbox") or "checked" in told else ""
            self.found.setdefault(name, set()).add(chosen)


@pytest.mark.django_db
def test_no_page_starts_with_an_answer(board, case_pages, reference_pages):
    seen = {}
    for client, address in case_pages + reference_pages:
        for name, values in Controls(client.get(address).content.decode()).found.items():
            if name in PAST:
                assert values <= {""}, f"{address}: {name} starts with {values}"
                seen[name] = address
    # `looked` and `stays` are asked about on pages of two records (tests/careplans/test_record_moves_pages.py).
    # `old_name` stands on a page with what is known: tests/careplans/test_patient_names.py looks there.
    # The days of what was added to an outcome stand where there is one: tests/careplans/test_outcomes_parts.py looks there.
    days = {"toxicity_on", "symptom_control_on"}
    elsewhere = {"matters_to_plans", "resend", "needs_triage", "old_name", "looked", "stays"} | days
    assert PAST - set(seen) == elsewhere


@pytest.mark.django_db
def test_a_case_is_not_accepted_because_nobody_said_so(board, ana):
    patient = makers.make_patient(board, by=ana)
    body = {"title": "Ileal NET", "responsible": ana.pk}
    answer = Api(ana).post(f"/patients/{patient.pk}/cases/", body)
    assert (answer.status_code, attrs(answer)) == (400, ["needs_triage"])
    client = Client()
    client.force_login(ana)
    response = client.post(reverse("careplans:case_new", args=[patient.pk]), body)
    assert response.status_code == 400 and not patient.cases.exists()
    assert "Say whether the board has accepted the case" in response.content.decode()


@pytest.fixture
def case_pages(board, ana, chloe):
    """The pages on which somebody says what happened to a patient."""
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2)
    branched = makers.make_branched_plan(makers.make_case(board, by=ana, record_number="SYN-3"), by=ana, chair=chloe)
    running, waiting = plan.steps.order_by("position")
    start_step(running, by=ana, expected_version=running.version, on=board.today)
    follow_up = makers.make_follow_up(case, by=ana)
    places = [
        ("patient_new", board.pk), ("case_new", case.patient_id), ("death", case.patient_id),
        ("transfer", case.patient_id), ("case", case.pk), ("prior_treatment_new", case.pk),
        ("specimen_new", case.pk),
        ("step_deliver", running.pk), ("step_deliver", waiting.pk),
        ("step_deliver", branched.decision.pk), ("plan", plan.pk), ("followup", follow_up.pk),
        ("schedule_new", board.pk),
    ]  # fmt: skip
    client = Client()
    client.force_login(chloe)
    # The same asked in place. The day of its one button is hidden, and named by the button.
    in_place = Client(headers={"HX-Request": "true"})
    in_place.force_login(chloe)
    pieces = [("step_record", one.pk) for one in (running, waiting, branched.decision)] + [
        ("followup_record", follow_up.pk)
    ]
    return [(client, reverse(f"careplans:{name}", args=[pk])) for name, pk in places] + [
        (in_place, reverse(f"careplans:{name}", args=[pk])) for name, pk in pieces
    ]


@pytest.fixture
def reference_pages(pages, edda):
    """The pages on which somebody says what was read and found."""
    from modalities.models import Modality
    from modalities.services.drafts import begin_draft

    begin_draft(Modality.objects.get(slug="prrt"), by=edda)
    client = Client()
    client.force_login(edda)
    places = [("statement_note", ["S01"]), ("source_new", []), ("trial_new", []), ("edit", ["prrt"])]
    return [(client, reverse(f"modalities:{name}", args=args)) for name, args in places]
