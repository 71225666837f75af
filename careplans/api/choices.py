"""Whoever sends a choice that is none reads which there are: in a body, however deep, and in a filter."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.serializers import ListField, ListSerializer


def with_choices(field: Any, errors: Any) -> Any:
    """The errors of a serializer or one of its fields, each at its place."""
    if isinstance(errors, Mapping):
        inner = getattr(field, "fields", {})
        child = getattr(field, "child", None)
        return {name: with_choices(inner.get(name, child), found) for name, found in errors.items()}
    if isinstance(field, ListSerializer | ListField) and errors and not isinstance(errors[0], ErrorDetail):
        return [with_choices(field.child, found) for found in errors]
    return [told(error, getattr(field, "choices", ())) for error in errors]


def told(error: ErrorDetail, choices: Iterable[Any]) -> ErrorDetail:
    there_are = [str(choice) for choice in choices if choice not in ("", None)]
    if getattr(error, "code", "") != "invalid_choice" or not there_are:
        return error
    return ErrorDetail(f"{error} Use one of: {', '.join(there_are)}.", code=error.code)
