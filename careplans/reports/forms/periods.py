"""What the forms of reports have in common: their period."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict


def show_period(form: forms.Form, since: date | None, until: date | None, as_of: date) -> None:
    """The period in force stands in the boxes, also where nobody typed one; and where a moment was asked for, its day. Of a form
    that came by an address."""
    data: Any = cast(QueryDict, form.data).copy()
    for name, day in (("since", since), ("until", until)):
        if day is not None and name in form.fields:
            data[name] = day.isoformat()
    if data.get("as_of"):
        data["as_of"] = as_of.isoformat()
    form.data = data
