"""What a report is not asked for is refused: a misspelt filter never returns everything. Pages, files and programs ask here."""

from collections.abc import Collection
from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.reading import NAME as PROJECT

# One figure for all, where nothing stands behind it.
BY = "by"
TWICE = "Give one value: this one is given more than once."


def check_typed(params: QueryDict, known: Collection[str]) -> None:
    """As a form sends them: each known, and given once, though without a value; of `by` each box by itself. Raises
    ValidationError by the name of the parameter."""
    errors: dict[str, str] = {}
    for name, values in params.lists():
        if name not in known and name != PROJECT:
            errors[name] = _unknown(known)
        elif len(values) > 1 and name != BY:
            errors[name] = TWICE
    _refuse(errors)


def check_form(form: forms.Form, *more: str) -> None:
    """Raises ValidationError, of the whole form, where its address asks for what there is not."""
    try:
        check_typed(cast(QueryDict, form.data), (*form.fields, *more))
    except ValidationError as error:
        told = [f"{name}: {one}" for name, words in error.message_dict.items() for one in words]
        raise ValidationError(told) from error


def check_all(params: QueryDict, known: Collection[str]) -> None:
    """Each known, given once, and with a value. Raises ValidationError by the name of the parameter."""
    errors: dict[str, str] = {}
    for name, values in params.lists():
        if name not in known and name != PROJECT:
            errors[name] = _unknown(known)
        elif len(values) > 1:
            errors[name] = TWICE
        elif not str(values[0]).strip() and name != BY:
            errors[name] = "Give a value, or leave this out."
    _refuse(errors)


def _unknown(known: Collection[str]) -> str:
    return f"There is no parameter of this name. There are: {', '.join(known) or 'none'}."


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise ValidationError(errors)
