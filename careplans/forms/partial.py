"""Forms that are saved while they are being typed: only what changed arrives, each with what its writer last saw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone

from careplans.models import Event
from common import asked
from common.forms import WholeNumber
from common.merging import AsShown


class Codes(forms.MultipleChoiceField):
    """A group of checkboxes kept as a list of codes; an emptied group arrives as one empty text."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return [code for code in super().to_python(value) if code]


class Text(forms.CharField):
    """A browser posts line breaks as CR LF, a script as LF. Kept as LF, or an untouched text would look changed."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class WholeMillimetres(WholeNumber):
    """A size. Centimetres and fractions are refused with the sentence that says what to type instead."""

    default_error_messages = {"invalid": "Use whole millimetres: 25, not 2.5 cm."}


@dataclass(frozen=True)
class Typed:
    """What an autosave brought: cleaned values, what the writer saw before, and what could not be read."""

    form: forms.Form
    values: dict[str, Any]
    base: dict[str, Any]
    errors: dict[str, list[str]]


def read_typed(form_class: type[forms.Form], data: QueryDict, *, whole: bool = False, **kwargs: Any) -> Typed:
    """Clean the posted fields only, and their `base-…` twins by the same rules.

    `whole` is a form sent without script: there an unticked box and an emptied group arrive as nothing at all.
    """
    names = {name for name in form_class.base_fields if name in data or whole}
    form = _restricted(form_class(data, **kwargs), names)
    seen = _restricted(form_class(data, prefix="base", **kwargs), names)
    return Typed(
        form=form,
        values={name: form.cleaned_data[name] for name in names if name in form.cleaned_data},
        base={name: _seen(seen, name, data, whole) for name in names},
        errors={name: [str(error) for error in errors] for name, errors in form.errors.items()},
    )


def _seen(seen: forms.Form, name: str, data: QueryDict, whole: bool) -> Any:
    """What the writer saw. What cannot be read, or did not arrive, never counts as what stands there now."""
    if name in seen.cleaned_data and (f"base-{name}" in data or whole):
        return seen.cleaned_data[name]
    return AsShown.of(data.getlist(f"base-{name}"))


def _restricted(form: forms.Form, names: set[str]) -> forms.Form:
    for name in set(form.fields) - names:
        del form.fields[name]
    for field in form.fields.values():
        field.required = False
    form.full_clean()
    return form


def control_value(value: Any) -> Any:
    """A saved value as its control shows it: a key, a date, a list of codes, a text."""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list):
        return [str(item) for item in value]
    return value if isinstance(value, bool) else ("" if value is None else str(value))


def seen_inputs(names: Iterable[str], row: Model) -> list[tuple[str, str]]:
    """What the writer sees of a row, as hidden inputs for a browser without script."""
    values = {name: control_value(getattr(row, name)) for name in names}
    pairs = [(name, value if isinstance(value, list) else [value]) for name, value in values.items()]
    return [(name, str(one)) for name, many in pairs for one in many if one is not False and one != ""]


def tell_refusal(form: forms.Form, typed: forms.Form, theirs: Mapping[str, Any], last: Event | None) -> None:
    """Without script: carry what was refused over to the whole form that is shown again.

    At each field in dispute it says what the colleague wrote; saving again keeps one's own.
    """
    asked.tell(form)
    for sentence in typed.non_field_errors():
        form.add_error(None, sentence)
    who = last.by.name if last and last.by else "A colleague"
    for name, value in theirs.items():
        text = ", ".join(value) if isinstance(value, list) else (_words(form, name, value) or "nothing")
        form.add_error(name, f"{who} changed this to “{text}” while you were typing. Save again to keep yours.")


def _words(form: forms.Form, name: str, value: Any) -> str:
    """A choice as the control shows it, anything else as it is."""
    shown = [pair for choice in getattr(form.fields[name], "choices", []) for pair in _pairs(choice)]
    return str(dict(shown).get(value, "" if value is None else value))


def _pairs(choice: Any) -> list[tuple[Any, Any]]:
    """One choice, or those of a group."""
    value, label = choice
    return list(label) if isinstance(label, list | tuple) else [(value, label)]


def conflict_json(
    form: forms.Form, typed: Mapping[str, Any], theirs: Mapping[str, Any], last: Event | None
) -> dict[str, Any]:
    """Both sides of each field in dispute, for the conflict panel. `last` is the colleague's change."""
    by = last.by.name if last and last.by else "A colleague"
    return {
        name: {
            "label": str(form.fields[name].label or name),
            "theirs": control_value(value),
            "mine": control_value(typed.get(name)),
            "by": by,
            "at": f"{timezone.localtime(last.at):%H:%M}" if last else "",
        }
        for name, value in theirs.items()
    }
