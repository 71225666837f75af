"""The proforma as a form, built from the fields of the model so that a fact is described once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.forms.models import fields_for_model
from django.http import QueryDict

from careplans.forms.outcomes import empty_choice
from careplans.forms.partial import Codes, Text, Typed, WholeMillimetres, control_value, read_typed
from careplans.models import PriorTreatment, Proforma, Step, tnm
from careplans.models.cases import ASKED_ENDED
from careplans.models.fact_groups import GROUPS, UNITS
from careplans.models.fact_values import OtherSite
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.proforma import FIELDS
from careplans.models.specimens import FED
from careplans.readers.facts.proforma import capital, label_of
from common.forms import DecimalNumber, FigureField, PartialDay, WholeNumber
from common.shown import mark

SCORES = ("krenning_score", "ecog")
SHORT = ("t_category", "n_category", "m_category", "stage_group")


def control(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The control of one fact. Numbers are text inputs: a browser hides from us what it cannot read as a number."""
    hint = "" if field.name in SCORES else str(field.help_text)
    common: dict[str, Any] = {"label": capital(str(field.verbose_name)), "required": False, "help_text": hint}
    if field.name == "other_metastatic_sites":
        sites = forms.CheckboxSelectMultiple(attrs={"class": "nhsuk-checkboxes--inline"})
        return Codes(choices=OtherSite.choices, widget=sites, **common)
    if field.name in SCORES:
        scale = [("", "Not recorded"), *((number, str(number)) for number in range(5))]
        return forms.TypedChoiceField(choices=scale, coerce=int, empty_value=None, **common)
    if field.choices:
        # What nobody has said is not recorded, wherever it stands in the list.
        common["initial"] = field.get_default()
        return forms.ChoiceField(choices=field.choices, **common)
    if isinstance(field, FigureColumn):
        return _figure(field, common)
    if isinstance(field, PartialDateColumn):
        common.pop("help_text")
        return PartialDay(**common)
    if isinstance(field, models.TextField):
        return Text(widget=forms.Textarea(attrs={"rows": 2}), **common)
    if isinstance(field, models.PositiveIntegerField | models.DecimalField):
        return _number(field, common)
    width = {"class": "nhsuk-input--width-5"} if field.name in SHORT else {}
    return forms.CharField(max_length=field.max_length, widget=forms.TextInput(attrs=width), **common)


def _figure(field: FigureColumn, common: dict[str, Any]) -> forms.Field:
    attrs = {"class": "nhsuk-input--width-5"} | ({"data-unit": UNITS[field.name]} if field.name in UNITS else {})
    widget = forms.TextInput(attrs=attrs)
    limits: dict[str, Any] = {"least": field.low, "most": field.high, "whole": field.whole, "unit": field.unit}
    return FigureField(widget=widget, **limits, **common)


def _number(field: models.Field, common: dict[str, Any]) -> forms.Field:
    limits = {type(validator): getattr(validator, "limit_value", None) for validator in field.validators}
    common |= {"min_value": limits[MinValueValidator], "max_value": limits[MaxValueValidator]}
    attrs = {"inputmode": "numeric", "class": "nhsuk-input--width-5", "autocomplete": "off"}
    if field.name in UNITS:
        attrs["data-unit"] = UNITS[field.name]
    if isinstance(field, models.DecimalField):
        widget = forms.TextInput(attrs=attrs | {"inputmode": "decimal"})
        return DecimalNumber(max_digits=field.max_digits, decimal_places=2, widget=widget, **common)
    kind = WholeMillimetres if field.name.endswith("_mm") else WholeNumber
    return kind(widget=forms.TextInput(attrs=attrs), **common)


# A plain form, not a ModelForm: it checks input and never touches a row.
ProformaForm: type[forms.Form] = type(
    "ProformaForm", (forms.Form,), dict(fields_for_model(Proforma, fields=FIELDS, formfield_callback=control))
)


def shown(value: Any) -> Any:
    """A fact as its control shows it: 6, not 6.00."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else control_value(value)


def proforma_form(facts: Proforma, data: QueryDict | None = None) -> forms.Form:
    """With `data`: as it was typed. What a specimen decides is not typed here."""
    form = ProformaForm(data, initial={name: shown(getattr(facts, name)) for name in FIELDS})
    for name in FED if facts.deciding_specimen_id else ():
        del form.fields[name]
    site, system = facts.primary_site, facts.staging_system
    told = f"{facts.get_primary_site_display()}, {facts.get_staging_system_display()}"
    for name in tnm.FIELDS:
        choice: Any = form.fields[name]
        choice.widget.choices = tnm.offered(name, site, system, told)
    return form


def read_proforma(data: QueryDict, facts: Proforma) -> Typed:
    """What was typed. A set of sites that is the stored one in another order counts as the stored one."""
    # Two forms with a hundred controls each take longer to make than all that is typed takes to read.
    posted: type[forms.Form] = type("ProformaForm", (ProformaForm,), {})
    posted.base_fields = {name: field for name, field in ProformaForm.base_fields.items() if name in data}
    typed = read_typed(posted, data)
    for values in (typed.values, typed.base):
        name, stored = "other_metastatic_sites", facts.other_metastatic_sites
        if isinstance(values.get(name), list) and sorted(values[name]) == sorted(stored):
            values[name] = stored
    _leave_to_the_specimen(typed, facts)
    return typed


def _leave_to_the_specimen(typed: Typed, facts: Proforma) -> None:
    """Somebody let a specimen decide while this page was open: what was typed beside it waits, all else is saved."""
    for name in set(FED) & set(typed.values) if facts.deciding_specimen_id else ():
        if typed.values.pop(name) != getattr(facts, name):
            typed.errors[name] = [
                "It comes from the specimen that decides by now. Reload the page, and change it there."
            ]


def listed(value: Any) -> list[str]:
    """A value as a browser posts it: one or several texts."""
    value = shown(value)
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def with_choice(data: QueryDict, facts: Proforma) -> QueryDict:
    """Without script: what the two buttons of a conflict panel mean for the fields of the form around it. What a third one has
    written meanwhile was not shown, and is disputed anew."""
    side, _, name = data.get("keep", "").partition(":")
    if name not in FIELDS or data.get(f"theirs-{name}") != mark(shown(getattr(facts, name))):
        return data
    data = data.copy()
    data.setlist(f"base-{name}", listed(getattr(facts, name)) or [""])
    if side == "theirs":
        data.setlist(name, listed(getattr(facts, name)))
    return data


def still_open(data: QueryDict, facts: Proforma, names: set[str]) -> QueryDict:
    """The form to go on with: as stored, except for the fields in `names`, which wait for their writer."""
    rest = data.copy()
    for name in set(FIELDS) - names:
        rest.setlist(name, listed(getattr(facts, name)))
        rest.setlist(f"base-{name}", listed(getattr(facts, name)))
    return rest


def in_words(form: forms.Form, name: str, value: Any) -> str:
    """A value of the form as a reader sees it, for the two sides of a conflict."""
    choices: Mapping[str, str] = {
        str(code): str(label) for code, label in getattr(form.fields[name], "choices", ()) if code != ""
    }
    values = value if isinstance(value, list) else [value]
    words = [choices.get(str(one), shown(one)) for one in values if one not in (None, "")]
    return ", ".join(words) or "(empty)"


class TherapyForm(forms.Form):
    modality_code = forms.ChoiceField(label="Modality", choices=[("", "Choose"), *Step.ModalityCode.choices])
    description = forms.CharField(
        label="What was given", required=False, max_length=160, help_text="For example: octreotide LAR 30 mg."
    )
    started_on = PartialDay(label="Started", required=False)
    ended = empty_choice("Has it ended?", PriorTreatment.Ended.choices, ASKED_ENDED, radio=True)
    ended_on = PartialDay(
        label="Ended on", required=False, help_text="As far as it is known. Empty while it is running."
    )
    response = empty_choice(
        "Response (RECIST)",
        PriorTreatment.Response.choices,
        "Say what the response was; “not recorded” where nobody knows.",
    )
    toxicity = forms.CharField(label="Toxicity", required=False, max_length=160)
    stop_reason = forms.CharField(label="Reason it was stopped", required=False, max_length=160)


class TherapyEditForm(TherapyForm):
    version = WholeNumber(widget=forms.HiddenInput)

    @classmethod
    def of(cls, therapy: PriorTreatment) -> "TherapyEditForm":
        return cls(initial={name: getattr(therapy, name) for name in cls.base_fields} | {"ended": therapy.has_ended})

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class TherapyWithdrawForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it does not belong here", max_length=160)


class HistoryFilterForm(forms.Form):
    field = forms.ChoiceField(
        label="Fact", required=False,
        choices=[
            ("", "All facts"),
            *((heading, [(name, label_of(name)) for name in names]) for _, heading, names in GROUPS),
        ],
    )  # fmt: skip

    def wanted(self) -> str:
        return str(self.cleaned_data.get("field", "")) if self.is_valid() else ""
