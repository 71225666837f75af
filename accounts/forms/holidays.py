import re
from datetime import date, datetime

from django import forms
from django.conf import settings

from accounts.services.holidays import DayOff
from common.forms import DateInput, Day

LONGEST_NAME = 80


class HolidayForm(forms.Form):
    day = Day(label="Day", widget=DateInput())
    name = forms.CharField(label="What it is", max_length=LONGEST_NAME, help_text="For example: Christmas Day.")

    @property
    def days(self) -> list[DayOff]:
        return [DayOff(self.cleaned_data["day"], self.cleaned_data["name"])]


class HolidayListForm(forms.Form):
    """Several days pasted at once; every line that cannot be read is named."""

    lines = forms.CharField(
        label="Days, one per line", max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="First the date, then the name, for example: 2026-12-25 Christmas Day. Days that are listed already stay.",
    )  # fmt: skip
    days: list[DayOff]

    def clean_lines(self) -> str:
        text: str = self.cleaned_data["lines"]
        self.days, problems = [], []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            first, *rest = re.split(r"[\s,;]+", line.strip(), maxsplit=1)
            day, name = _day(first), rest[0].strip() if rest else ""
            if day is None or not name:
                problems.append(
                    f"Line {number}, “{line.strip()[:40]}”: write a date and a name, as 2026-12-25 Christmas Day."
                )
            elif len(name) > LONGEST_NAME:
                problems.append(f"Line {number}: the name is longer than {LONGEST_NAME} characters.")
            else:
                self.days.append(DayOff(day, name))
        if problems:
            raise forms.ValidationError(problems[:10])
        return text


def _day(text: str) -> date | None:
    for shape in settings.DATE_INPUT_FORMATS:
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007  (a day of the calendar has no zone)
        except ValueError:
            continue
    return None
