"""`1.000` is one to one reader and a thousand to another: every number field of the product asks, on pages and over the API.

A field that is declared without care would take it for 1: both Django's and REST framework's do. So every field of every form,
of every body and of every filter is looked at here.
"""

import importlib
import inspect
import pkgutil
import re

import django_filters
import pytest
from django import forms
from django.urls import get_resolver
from rest_framework import serializers

import accounts
import careplans
import common
import modalities
from careplans.api import fields as api
from common.forms import DecimalNumber, FigureField, WholeNumber

PAGES = (WholeNumber, DecimalNumber)
BODIES = (api.WholeNumber, api.DecimalNumber)


def below(base):
    for kind in base.__subclasses__():
        yield kind
        yield from below(kind)


def our(base):
    for app in (accounts, careplans, common, modalities):
        for _, name, _ in pkgutil.walk_packages(app.__path__, f"{app.__name__}."):
            if ".migrations" not in name:
                importlib.import_module(name)
    return {
        kind
        for kind in below(base)
        if kind.__module__.split(".")[0] in ("accounts", "careplans", "common", "modalities")
    }


def parts(field):
    """A list's items are fields too, and so are those of a body inside a body."""
    yield field
    if hasattr(field, "child"):
        yield from parts(field.child)
    for inner in getattr(field, "fields", {}).values():
        yield from parts(inner)


def bodies():
    for pattern in get_resolver("careplans.api.urls").url_patterns:
        for action in (getattr(pattern.callback, "actions", None) or {}).values():
            handler = getattr(pattern.callback.cls, action)
            verb = getattr(handler, "verb", None)
            if verb and verb.body:
                yield verb.body
            for name in re.findall(r"\bself\.body\((\w+)", inspect.getsource(handler)):
                yield getattr(inspect.getmodule(handler), name)


def test_every_number_of_a_form_asks():
    found = [(form.__name__, name, field) for form in our(forms.BaseForm) for name, field in form.base_fields.items()]
    numbers = [one for one in found if isinstance(one[2], forms.IntegerField)]
    assert len(numbers) > 20
    assert [f"{form}.{name}: use common.forms" for form, name, field in numbers if not isinstance(field, PAGES)] == []


def test_every_number_of_a_body_asks():
    found = [
        (body.__name__, name, part)
        for body in bodies()
        for name, field in body().fields.items()
        for part in parts(field)
    ]
    about = serializers.IntegerField | serializers.FloatField | serializers.DecimalField
    numbers = [one for one in found if isinstance(one[2], about)]
    assert len(numbers) > 10
    assert [
        f"{body}.{name}: use careplans.api.fields" for body, name, field in numbers if not isinstance(field, BODIES)
    ] == []


def test_every_number_of_a_filter_asks():
    found = [
        (kind.__name__, name, one.field)
        for kind in our(django_filters.FilterSet)
        for name, one in kind.base_filters.items()
    ]
    numbers = [one for one in found if isinstance(one[2], forms.IntegerField)]
    assert len(numbers) > 5
    assert [f"{kind}.{name}" for kind, name, field in numbers if not isinstance(field, PAGES)] == []


@pytest.mark.parametrize("text", ["1.000", "12.000", "1,000", "12.345,6"])
@pytest.mark.parametrize(
    "field",
    [WholeNumber(), DecimalNumber(), FigureField(least=0, most=20000, whole=False)],
    ids=["whole", "decimal", "figure"],
)
def test_a_page_asks(field, text):
    with pytest.raises(forms.ValidationError, match="write"):
        field.clean(text)


@pytest.mark.parametrize("text", ["1.000", "12.000", "1,000", "12.345,6"])
@pytest.mark.parametrize(
    "field",
    [api.WholeNumber(), api.DecimalNumber(9, 2), api.FigureField(least=0, most=20000, whole=False)],
    ids=["whole", "decimal", "figure"],
)
def test_the_api_asks(field, text):
    with pytest.raises(serializers.ValidationError, match="write"):
        field.run_validation(text)


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("1000", 1000), (" 7 ", 7), ("25.0", 25)])
def test_a_whole_number_with_one_reading_is_taken(text, number):
    assert WholeNumber().clean(text) == api.WholeNumber().run_validation(text) == number


@pytest.mark.parametrize("text", ["2.5", "2,5"])
def test_a_decimal_takes_a_point_or_a_comma(text):
    assert str(DecimalNumber().clean(text)) == str(api.DecimalNumber(9, 2).run_validation(text)).rstrip("0") == "2.5"
