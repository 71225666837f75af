import zoneinfo
from collections.abc import Mapping
from copy import copy
from datetime import time
from functools import cache
from typing import cast

from django import forms
from django.http import QueryDict

from accounts.models import Board, Discipline, Institution, RequiredDiscipline
from accounts.services.boards import DEFAULT_REQUIREMENTS, POLICY, Requirement, requirements_of
from common.errors import Conflict
from common.figures import read_key
from common.forms import WholeNumber

NONE = [("", "None")]
MOST_ROWS = 40
DAYS = {"data-unit": "days", "class": "nhsuk-input--width-3"}


@cache
def time_zones() -> list[str]:
    """Names to choose from; kept, because listing them reads the system's files."""
    names = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [*sorted(names), "UTC"]


class BoardForm(forms.ModelForm):
    """`version` is the one that was shown; saving compares with it."""

    version = WholeNumber(widget=forms.HiddenInput, min_value=1)

    class Meta:
        model = Board
        fields: tuple[str, ...] = POLICY
        widgets = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
            "reminder_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "lead_days": forms.TextInput(attrs=DAYS),
            "grace_days": forms.TextInput(attrs=DAYS),
            "escalate_days": forms.TextInput(attrs=DAYS),
            "chair_days": forms.TextInput(attrs=DAYS),
            "nothing_ahead_months": forms.TextInput(attrs=DAYS | {"data-unit": "months"}),
        }
        field_classes = dict.fromkeys(
            ("lead_days", "grace_days", "escalate_days", "chair_days", "nothing_ahead_months"), WholeNumber
        )

    def __init__(self, data: QueryDict | None, *, board: Board, initial: Mapping[str, object]) -> None:
        # A copy: checking a model form writes into its instance, and this one is also named in the page's header.
        super().__init__(data, instance=copy(board), initial={"version": board.version, **initial})


class NewBoardForm(BoardForm):
    """With the institution, which is chosen once: to move a board, its patients are looked at. Its analysts read in projects
    alone, unless that is taken off: what was given once is not taken back."""

    class Meta(BoardForm.Meta):
        fields = (*POLICY, "institution")

    def __init__(self, data: QueryDict | None, *, board: Board, initial: Mapping[str, object]) -> None:
        super().__init__(data, board=board, initial={"analysts_need_project": True, **initial})
        self.fields["institution"].required = True


class RequirementForm(forms.Form):
    discipline = forms.ChoiceField(
        label="Discipline", choices=[("", "Choose a discipline"), *Discipline.choices],
        error_messages={"required": "choose one, or tick Remove."},
    )  # fmt: skip
    alternative = forms.ChoiceField(label="Or instead", choices=[*NONE, *Discipline.choices], required=False)
    when = forms.ChoiceField(
        label="Needed for", choices=RequiredDiscipline.When.choices, initial=RequiredDiscipline.When.ALWAYS
    )


class BaseRequirements(forms.BaseFormSet):
    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Remove"


RequirementFormSet = forms.formset_factory(
    RequirementForm, formset=BaseRequirements, extra=1, can_delete=True, max_num=len(Discipline), absolute_max=MOST_ROWS
)


class BoardEditor:
    """The settings form and the rows of required disciplines, checked and saved together.

    “Add another row” needs no script: it draws the page again with everything typed, unchecked, and one more row.
    """

    def __init__(self, board: Board, data: QueryDict | None) -> None:
        self.conflict: Conflict | None = None
        self.differences: list[tuple[str, str]] = []
        form_class = BoardForm if board.pk else NewBoardForm
        self.time_zones = time_zones()
        self.institutions = bool(board.pk) or Institution.objects.exists()
        if data is not None and "add_row" in data:
            typed = {name: data.get(name, "") for name in form_class.base_fields}
            self.form: BoardForm = form_class(None, board=board, initial=typed)
            rows, blank = typed_rows(data)
            self.rows = _row_forms(rows, blank + 1)
        else:
            self.form = form_class(data, board=board, initial={})
            # Sent rows are taken as they are: a colleague may have saved more or fewer meanwhile.
            self.rows = _row_forms(_rows_of(board), 1) if data is None else RequirementFormSet(data, prefix="rows")

    def is_valid(self) -> bool:
        if not self.form.is_bound:
            return False
        # Both are checked, so that all problems show at once.
        return all([self.form.is_valid(), self.rows.is_valid()])

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the field or nothing, sentence) for the summary above both."""
        found: list[tuple[str, str]] = []
        rows: list[forms.Form] = list(self.rows.forms) if self.rows.is_bound else []
        for number, form in enumerate([self.form, *rows]):
            for name, errors in form.errors.items():
                field = form[name] if name in form.fields else None
                label = f"{field.label}: " if field else ""
                where = f"Row {number}, " if number else ""
                found += [(field.id_for_label if field else "", f"{where}{label}{words}") for words in errors]
        return found

    @property
    def version(self) -> int:
        version: int = self.form.cleaned_data["version"]
        return version

    @property
    def fields(self) -> dict[str, object]:
        return {name: value for name, value in self.form.cleaned_data.items() if name != "version"}

    @property
    def requirements(self) -> list[Requirement]:
        """Without removed and empty rows."""
        rows = [row.cleaned_data for row in self.rows.forms]
        kept = [row for row in rows if row.get("discipline") and not row["DELETE"]]
        return [Requirement(row["discipline"], row["alternative"], row["when"]) for row in kept]

    def keep_typed(self, conflict: Conflict) -> None:
        """Show what the other person saved beside what was typed here; saving again then replaces theirs knowingly."""
        self.conflict = conflict
        theirs = conflict.current
        for name, mine in self.fields.items():
            if theirs[name] != mine:
                self.differences.append((str(self.form.fields[name].label), _words(theirs[name])))
        requirements = cast(list[Requirement], theirs["requirements"])
        if set(requirements) != set(self.requirements):
            self.differences.append(("Required disciplines", "; ".join(map(describe, requirements))))
        data = cast(QueryDict, self.form.data).copy()
        data["version"] = str(theirs["version"])
        self.form.data = data


def describe(row: Requirement) -> str:
    """“Endocrinology or gastroenterology (every plan)”."""
    instead = f" or {Discipline(row.alternative).label.lower()}" if row.alternative else ""
    return f"{Discipline(row.discipline).label}{instead} ({RequiredDiscipline.When(row.when).label})"


def typed_rows(data: QueryDict) -> tuple[list[Requirement], int]:
    """Rows as typed, checked or not, and how many are still empty; those marked for removal go."""
    total = read_key(data.get("rows-TOTAL_FORMS", "")) or 0
    rows, blank = [], 0
    for number in range(min(total, MOST_ROWS)):
        typed = Requirement(*(data.get(f"rows-{number}-{name}", "") for name in Requirement._fields))
        if f"rows-{number}-DELETE" in data:
            continue
        if typed.discipline:
            rows.append(typed)
        else:
            blank += 1
    return rows, blank


def _row_forms(rows: list[Requirement], blank: int) -> forms.BaseFormSet:
    forms_of_rows = RequirementFormSet(initial=[row._asdict() for row in rows], prefix="rows")
    forms_of_rows.extra = blank
    return forms_of_rows


def _rows_of(board: Board) -> list[Requirement]:
    return requirements_of(board) if board.pk else list(DEFAULT_REQUIREMENTS)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None:
        return "Empty"
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
