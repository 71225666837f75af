"""A mistyped year, such as 0203, is refused with a sentence by every day of every form and of every body, whatever the service
behind it looks at. A field that is declared without care would take it."""

import datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from rest_framework import serializers

from careplans.api import fields as api
from common.forms import Day, PartialDay
from common.local_time import check_meant
from tests.test_numbers import bodies, our, parts


def days_of_forms():
    for form in our(forms.BaseForm):
        for name, field in form.base_fields.items():
            if isinstance(field, forms.DateField | PartialDay):
                yield f"{form.__name__}.{name}", field


def days_of_bodies():
    for body in bodies():
        for field in parts(body()):
            if isinstance(field, serializers.DateField | api.PartialDay) and not field.read_only:
                yield f"{body.__name__}.{field.field_name}", field


def test_every_day_of_a_form_is_one_that_can_be_meant():
    found = dict(days_of_forms())
    assert len(found) > 20
    assert {name for name, field in found.items() if not isinstance(field, Day | PartialDay)} == set()


def test_every_day_of_a_body_is_one_that_can_be_meant():
    found = dict(days_of_bodies())
    assert len(found) > 10
    whole = {name: field for name, field in found.items() if not isinstance(field, api.PartialDay)}
    assert {name for name, field in whole.items() if check_meant not in field.validators} == set()


@pytest.mark.parametrize("typed", ["0203", "1899", "2200", "0203-05", "1899-12-31", "2200-01-01"])
def test_a_mistyped_year_of_a_day_known_in_part_is_refused_with_a_sentence(typed):
    for field, refusal in (
        (PartialDay().clean, ValidationError), (api.PartialDay().run_validation, serializers.ValidationError),
    ):  # fmt: skip
        with pytest.raises(refusal, match="cannot be meant. Check the date"):
            field(typed)


@pytest.mark.parametrize("typed", ["0203-05-17", "1899-12-31", "2200-01-01"])
def test_a_mistyped_year_is_refused_with_a_sentence(typed):
    for field, refusal in ((Day().clean, ValidationError), (api.Day().run_validation, serializers.ValidationError)):
        with pytest.raises(refusal, match="cannot be meant. Check the date"):
            field(typed)


def test_days_that_are_meant_are_taken():
    for typed in ("1900-01-01", "2199-12-31"):
        assert Day().clean(typed) == api.Day().run_validation(typed) == datetime.date.fromisoformat(typed)
