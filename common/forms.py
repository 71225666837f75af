"""How every form of the project is drawn: our templates first, Django's where we have none."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template

from common import asked
from common.addresses import NO_ADDRESS, as_kept, validate_address
from common.figures import WHOLE, NotAFigure, question_about, read_figure
from common.form_markup import DRAWN
from common.local_time import check_meant, not_meant
from common.partial_dates import HOW_TO_WRITE, NotADate, PartialDate


class Renderer(TemplatesSetting):
    """Fields and controls are drawn by `common/form_markup.py`. The rest it looks for in `templates/forms/`, then in
    `django/forms/`: forms/errors/list/default.html replaces Django's."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def render(self, template_name: str, context: Any, request: Any = None) -> str:
        draw = DRAWN.get(template_name)
        return draw(context).strip() if draw else super().render(template_name, context, request)

    def get_template(self, template_name: str) -> Any:
        ours = template_name.replace("django/forms/", "forms/", 1)
        return select_template([ours, template_name])


class DateInput(forms.DateInput):
    """The browser's own date picker. It wants ISO dates whatever the page's language. What is odd about its day is asked about
    beside it, by a tick (`common.asked`)."""

    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(attrs=dict(attrs or {}), format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {"asked": asked.NAME, "ticks": _ticks(name, value)}


class PartialDayInput(forms.TextInput):
    """One line of text, with the same ticks."""

    template_name = DateInput.template_name

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context | {"asked": asked.NAME, "ticks": _ticks(name, value)}


def _ticks(name: str, value: Any) -> list[dict[str, object]]:
    try:
        day = PartialDate.typed(str(value or ""))
    except NotADate:
        return []
    return asked.ticks(name.rpartition("-")[2], day.isoformat(), f"{day:%-d %B %Y}")


class Day(forms.DateField):
    """Every day of every form: one that anybody can mean. tests/test_days.py finds those that are none."""

    default_validators = [check_meant]


class PartialDay(forms.Field):
    """A day as far as it is known, in one line that takes what people type or paste. Shown again in words, which nobody can
    take for another order of day and month. Autosave waits until it is left."""

    widget = PartialDayInput
    default_error_messages = {"required": HOW_TO_WRITE}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": "17/5/2019, 5/2019 or 2019"} | kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"autocomplete": "off", "maxlength": "40", "class": "nhsuk-input--width-10", "data-until-left": ""}

    def to_python(self, value: Any) -> PartialDate | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            day = PartialDate.typed(text)
        except NotADate as error:
            raise ValidationError(str(error), code="invalid") from error
        if words := not_meant(day.earliest):
            raise ValidationError(words, code="not_meant")
        return day

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(str(initial or ""), data)


def check_one_reading(value: object, *, whole: bool) -> None:
    """`1.000` is never silently 1: whoever typed it is asked."""
    question = question_about(str(value), whole=whole)
    if question:
        raise ValidationError(question, code="ambiguous")


def typed_as_text(widget: forms.Widget, mode: str) -> dict[str, str]:
    """A browser hides from us what it cannot read as a number, and reads `1.000` by its own language: so text it is."""
    return {"inputmode": mode, "autocomplete": "off"} if isinstance(widget, forms.TextInput) else {}


class HiddenJSON(forms.JSONField):
    """What a page carries along as JSON. Deep without end, or a number of 5,000 digits, is as invalid as what is no JSON."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)


class WholeNumber(forms.IntegerField):
    """Every whole number of every form; tests/test_numbers.py finds those that are none."""

    widget = forms.TextInput
    default_error_messages = {"invalid": WHOLE}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | typed_as_text(widget, "numeric")

    def to_python(self, value: Any) -> int | None:
        check_one_reading(value, whole=True)
        return super().to_python(value)


class DecimalNumber(forms.DecimalField):
    """Every number with decimals, typed with a point or a comma."""

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | typed_as_text(widget, "decimal")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as Django's own
        check_one_reading(value, whole=False)
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class FigureField(forms.CharField):
    """A figure as a report gives it, kept as written: `<1`, `>95`, `3-5`, `2,5`."""

    def __init__(self, *, least: int, most: int, whole: bool, unit: str = "", **kwargs: Any) -> None:
        self.least, self.most, self.whole, self.unit = least, most, whole, unit
        super().__init__(empty_value=None, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | typed_as_text(widget, "text")

    def to_python(self, value: Any) -> str | None:
        text: str | None = super().to_python(value)
        if text is None:
            return None
        try:
            return read_figure(text, low=self.least, high=self.most, whole=self.whole, unit=self.unit).written
        except NotAFigure as error:
            raise ValidationError(str(error), code="invalid") from error


def address_input(autocomplete: str = "off") -> forms.TextInput:
    """A browser's own rule for addresses refuses other scripts before the @."""
    told = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": autocomplete}
    return forms.TextInput(attrs=told)


class EmailAddressField(forms.EmailField):
    """An address in any script as it is kept: composed, in lower case, and measured so, since a few letters become two."""

    default_validators = [validate_address]
    default_error_messages = {"invalid": NO_ADDRESS}

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        super().__init__(max_length=254, widget=address_input(autocomplete), **kwargs)

    def to_python(self, value: Any) -> str:
        return as_kept(str(super().to_python(value) or ""))
