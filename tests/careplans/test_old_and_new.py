"""Every change keeps the old and the new value of each field. That none is only named is asked of every verb that a test calls:
`no_field_is_only_named` in tests/conftest.py."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Event, PatientChange
from careplans.services.cases import change_case
from careplans.services.patients import change_patient
from careplans.services.plans import edit_plan
from careplans.services.steps import edit_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db


def told(kind):
    data = Event.objects.filter(kind=kind).order_by("-id")[0].data
    return {name: (old, data["now"][name]) for name, old in data["was"].items()}


def test_a_mistyped_birth_date_is_found_again(board, ana):
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(1961, 5, 17), sex="male")
    kept = {row.field: (row.old, row.new, row.by, row.board) for row in PatientChange.objects.all()}
    assert kept == {
        "birth_date": ("1960-05-17", "1961-05-17", ana, board),
        "sex": ("female", "male", ana, board),
    }


def test_the_page_of_the_patient_says_what_was_changed(board, ana, client):
    patient = makers.make_patient(board, by=ana)
    client.force_login(ana)
    page = reverse("careplans:patient", args=[patient.pk])
    assert "What was changed" not in client.get(page).content.decode()
    change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(1961, 5, 17))
    shown = client.get(page).content.decode()
    assert "Date of birth: 17 May 1960 → 17 May 1961" in shown


def test_the_audit_trail_holds_no_value_of_a_patient(board, ana):
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=patient.version, family_name="Quillfeather")
    assert AuditEvent.objects.get(action="patient_changed").data == {"fields": ["family_name"]}


def test_a_case_keeps_both(board, ana, omar):
    case = makers.make_case(board, by=ana)
    change_case(case, by=ana, expected_version=case.version, title="Lung NET", responsible=omar)
    assert told("case_changed") == {"title": ("Ileal NET", "Lung NET"), "responsible": (ana.pk, omar.pk)}


def test_a_plan_and_a_step_keep_both(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    aim, step = plan.aim, plan.steps.get()
    edit_plan(plan, {"aim": "Palliation"}, by=ana)
    assert told("plan_edited") == {"aim": (aim, "Palliation")}
    edit_step(step, {"rationale": "another"}, by=ana)
    assert told("step_edited") == {"rationale": ("first the flushing", "another")}


def test_who_reads_only_the_event_of_an_edit_sees_each_field_once(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    for aim in ("one", "two"):
        edit_plan(plan, {"aim": aim}, by=ana)
    assert told("plan_edited") == {"aim": ("one", "two")}
