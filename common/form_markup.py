"""How every field of every form looks: label, hint, error, control.

In Python and not as templates: a proforma has a hundred fields, and a template for each, its control, its attributes and its
label took more time than all else on the page. `common.forms.Renderer` calls these by the name of the template that Django asks
for.
Each gets Django's context: of a field `field`, the BoundField; of a control `widget`, Django's own dictionary.

- The label adds "(optional)" where the form field has `show_optional = True`.
- A unit goes in the widget's `data-unit`: it is read out with the label, and beside the control it is only shown.
- Choices are small, so that long value sets stay on one screen; `class="nhsuk-radios--inline"` puts them in one line.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms import CheckboxInput
from django.forms.boundfield import BoundField
from django.utils.html import conditional_escape

UNIT = "data-unit"
APART = frozenset({"class", UNIT})
NOTHING: frozenset[str] = frozenset()


def text(value: Any) -> str:
    """Escaped, unless it is markup; most of it is plain text."""
    return escape(value) if type(value) is str else conditional_escape(value if isinstance(value, str) else str(value))


def attributes(attrs: Mapping[str, Any], apart: frozenset[str] = APART) -> str:
    """All but `class` and the unit, which stand elsewhere."""
    return "".join(
        f" {name}" if value is True else f' {name}="{text(value)}"'
        for name, value in attrs.items()
        if value is not False and name not in apart
    )


def _class(attrs: Mapping[str, Any]) -> str:
    return f" {text(attrs['class'])}" if attrs.get("class") else ""


def _value(widget: Mapping[str, Any]) -> str:
    return "" if widget["value"] is None else f' value="{text(widget["value"])}"'


# Fields


def field(context: Mapping[str, Any]) -> str:
    field: BoundField = context["field"]
    errors = str(found) if (found := field.errors) else ""
    draw = (
        _in_fieldset if field.use_fieldset else _ticked if isinstance(field.field.widget, CheckboxInput) else _labelled
    )
    body = draw(field, errors)
    wrong = " nhsuk-form-group--error" if errors else ""
    own = f" {own}" if (own := field.css_classes()) else ""
    return f'<div class="nhsuk-form-group{wrong}{own}" data-field="{text(field.html_name)}">\n{body}\n</div>'


def _in_fieldset(field: BoundField, errors: str) -> str:
    described = f' aria-describedby="{ids}"' if (ids := field.aria_describedby) else ""
    return f"""
  <fieldset class="nhsuk-fieldset"{described}>
    <legend class="nhsuk-fieldset__legend">{_label(field)}</legend>
    {_hint(field)}
    {errors}
    {field}
  </fieldset>
"""


def _ticked(field: BoundField, errors: str) -> str:
    return f"""
  {errors}
  <div class="nhsuk-checkboxes nhsuk-checkboxes--small">
    <div class="nhsuk-checkboxes__item">
      {field}
      <label class="nhsuk-label nhsuk-checkboxes__label" for="{text(field.id_for_label)}">{text(field.label)}</label>
      {_help(field, " nhsuk-checkboxes__hint")}
    </div>
  </div>
"""


def _labelled(field: BoundField, errors: str) -> str:
    return f"""
  <label class="nhsuk-label" for="{text(field.id_for_label)}">{_label(field)}</label>
  {_hint(field)}
  {errors}
  {field}
"""


def _label(field: BoundField) -> str:
    attrs = field.field.widget.attrs
    unit = f'<span class="nhsuk-u-visually-hidden"> ({text(attrs[UNIT])})</span>' if UNIT in attrs else ""
    is_optional = getattr(field.field, "show_optional", False) and not field.field.required
    optional = ' <span class="c-label__optional">(optional)</span>' if is_optional else ""
    return f"\n{text(field.label)}{unit}{optional}\n"


def _hint(field: BoundField) -> str:
    return f"\n{_help(field)}\n"


def _help(field: BoundField, kind: str = "") -> str:
    """May hold markup: it is written in our own forms."""
    if not field.help_text:
        return ""
    return f'<div class="nhsuk-hint{kind}" id="{field.auto_id}_helptext">{field.help_text}</div>'


# Controls


def line(context: Mapping[str, Any]) -> str:
    """An input of one line; with a unit, the unit stands beside it."""
    widget = context["widget"]
    attrs = widget["attrs"]
    control = (
        f'<input class="nhsuk-input{_class(attrs)}" type="{text(widget["type"])}" name="{text(widget["name"])}"'
        f"{_value(widget)}{attributes(attrs)}\n>"
    )
    if UNIT not in attrs:
        return control
    suffix = f'<div class="nhsuk-input-wrapper__suffix" aria-hidden="true">{text(attrs[UNIT])}</div>'
    return f'<div class="nhsuk-input-wrapper">{control}{suffix}</div>'


def hidden(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    every = attributes(widget["attrs"], NOTHING)
    return f'<input type="{text(widget["type"])}" name="{text(widget["name"])}"{_value(widget)}{every}>'


def day(context: Mapping[str, Any]) -> str:
    """A day, and below it what is odd about it. `ticks`: with key, yes and checked; `asked`: their name (common/asked.py)."""
    return line(context) + ("\n" if context.get("ticks") else "") + "".join(
        _tick(context, number, one) for number, one in enumerate(context.get("ticks", ()), 1)
    )  # fmt: skip


def _tick(context: Mapping[str, Any], number: int, one: Mapping[str, Any]) -> str:
    widget, attrs = context["widget"], context["widget"]["attrs"]
    name = f"{text(attrs.get('id') or widget['name'])}_asked_{number}"
    checked = " checked" if one["checked"] else ""
    form = f' form="{text(attrs["form"])}"' if attrs.get("form") else ""
    asked, key = text(context["asked"]), text(one["key"])
    return f"""
<div class="nhsuk-checkboxes nhsuk-checkboxes--small" data-asked="{key}">
  <div class="nhsuk-checkboxes__item">
    <input class="nhsuk-checkboxes__input" type="checkbox" name="{asked}" value="{key}" id="{name}"{checked}{form}>
    <label class="nhsuk-label nhsuk-checkboxes__label" for="{name}">{text(one["yes"])}</label>
  </div>
</div>"""


def file(context: Mapping[str, Any]) -> str:
    """A browser never gives a chosen file back, so there is no value to show."""
    widget = context["widget"]
    name = text(widget["name"])
    return f'<input class="nhsuk-file-upload c-file" type="file" name="{name}"{attributes(widget["attrs"])}\n>'


def checkbox(context: Mapping[str, Any]) -> str:
    """`_ticked` draws the box around it and the label after it."""
    widget = context["widget"]
    return (
        f'<input class="nhsuk-checkboxes__input" type="checkbox" name="{text(widget["name"])}"'
        f"{_value(widget)}{attributes(widget['attrs'])}\n>"
    )


def textarea(context: Mapping[str, Any]) -> str:
    """The first line break after the tag is not part of the value."""
    widget = context["widget"]
    opened = f'<textarea class="nhsuk-textarea{_class(widget["attrs"])}" name="{text(widget["name"])}"'
    return f"{opened}{attributes(widget['attrs'])}\n>\n{text(widget['value'] or '')}</textarea>"


def select(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    opened = f'<select class="nhsuk-select{_class(widget["attrs"])}" name="{text(widget["name"])}"'
    groups = "".join(_options(name, options) for name, options, _ in widget["optgroups"])
    return f"{opened}{attributes(widget['attrs'])}\n>{groups}\n</select>"


def _options(group: str | None, options: list[dict[str, Any]]) -> str:
    drawn = "".join(
        f'\n  <option value="{text(one["value"])}"{attributes(one["attrs"])}\n>{text(one["label"])}</option>'
        for one in options
    )
    return f'\n  <optgroup label="{text(group)}">{drawn}\n  </optgroup>' if group else drawn


def radios(context: Mapping[str, Any]) -> str:
    return _choices(context["widget"], "nhsuk-radios")


def checkboxes(context: Mapping[str, Any]) -> str:
    return _choices(context["widget"], "nhsuk-checkboxes")


def _choices(widget: Mapping[str, Any], kind: str) -> str:
    attrs = widget["attrs"]
    name = f' id="{text(attrs["id"])}"' if attrs.get("id") else ""
    groups = "".join(_group(group, options, kind) for group, options, _ in widget["optgroups"])
    return f'<div class="{kind} {kind}--small{_class(attrs)}"{name}>\n{groups}\n</div>'


def _group(group: str | None, options: list[dict[str, Any]], kind: str) -> str:
    heading = f'<p class="c-choice-group">{text(group)}</p>' if group else ""
    return f"\n  {heading}\n  {''.join(_choice(one, kind) for one in options)}\n"


def _choice(option: Mapping[str, Any], kind: str) -> str:
    attrs = option["attrs"]
    of = f' for="{text(attrs["id"])}"' if attrs.get("id") else ""
    control = f'type="{option["type"]}" name="{text(option["name"])}"{_value(option)}{attributes(attrs)}\n'
    return f"""
  <div class="{kind}__item">
    <input class="{kind}__input" {control}>
    <label class="nhsuk-label {kind}__label"{of}>{text(option["label"])}</label>
  </div>
  """


WIDGETS = "django/forms/widgets/"
LINES = ("text", "number", "email", "url", "tel", "search", "password", "time", "datetime", "input")

# Django's name of a template -> what draws it here.
DRAWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "forms/field.html": field,
    **{f"{WIDGETS}{name}.html": line for name in LINES},
    f"{WIDGETS}hidden.html": hidden,
    f"{WIDGETS}date.html": day,
    f"{WIDGETS}file.html": file,
    f"{WIDGETS}checkbox.html": checkbox,
    f"{WIDGETS}textarea.html": textarea,
    f"{WIDGETS}select.html": select,
    f"{WIDGETS}radio.html": radios,
    f"{WIDGETS}checkbox_select.html": checkboxes,
}
