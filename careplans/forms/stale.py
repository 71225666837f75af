"""A form whose row somebody else changed meanwhile: what was typed stays, and what stands now is shown beside it."""

from dataclasses import dataclass

from django import forms

from careplans.models import Case, Patient, PriorTreatment, Specimen


@dataclass(frozen=True)
class Standing:
    label: str
    now: str


def meet_current(form: forms.Form, row: Patient | Case | PriorTreatment | Specimen) -> list[Standing]:
    """Point the bound form at the row as it stands, and list the fields in which they differ.

    The next save then overwrites knowingly: its writer has both texts on the screen.
    """
    form.data = dict(form.data.items()) | {"version": str(row.version)}
    typed = form.cleaned_data
    # A form may ask what its row does not hold.
    names = [name for name in typed if name != "version" and typed[name] != getattr(row, name, typed[name])]
    return [Standing(str(form.fields[name].label), _words(row, name)) for name in names]


def _words(row: Patient | Case | PriorTreatment | Specimen, name: str) -> str:
    in_words = getattr(row, f"get_{name}_display", None)
    value = in_words() if in_words else getattr(row, name)
    if value in (None, ""):
        return "nothing"
    return f"{value:%-d %b %Y}" if hasattr(value, "strftime") else str(value)
