from typing import Any

from django import forms

from accounts.models import ReportingProject, User
from accounts.services.projects import FIELDS, NEEDED
from common.forms import DateInput, Day, WholeNumber


class ProjectForm(forms.ModelForm):
    """A new project, or the settings of one; `version` is the one that was shown. How days are given is chosen once."""

    version = WholeNumber(widget=forms.HiddenInput, required=False)
    starts_on = Day(label="First day", widget=DateInput())
    ends_on = Day(
        label="Last day", widget=DateInput(), required=False,
        help_text="Nobody reads in it any more after this day. Empty: until it is closed.",
    )  # fmt: skip
    smallest_cell = WholeNumber(
        label="Smallest number that is shown", min_value=1, max_value=100,
        help_text="Smaller numbers are left out of tables, with as many others as it takes so that nobody works them out. "
        "1: every number is shown.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-3"}),
    )  # fmt: skip

    class Meta:
        model = ReportingProject
        fields = FIELDS
        widgets = {"purpose": forms.Textarea(attrs={"rows": 3}), "dates": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in NEEDED.items():
            self.fields[name].error_messages["required"] = words
        if self.instance.pk:
            # It stays, so it is not asked for.
            del self.fields["dates"]

    @property
    def values(self) -> dict[str, Any]:
        dates = {} if "dates" in self.fields else {"dates": self.instance.dates}
        return {name: value for name, value in self.cleaned_data.items() if name != "version"} | dates

    def validate_unique(self) -> None:
        """The service asks the database, which two people at once cannot get past."""

    def validate_constraints(self) -> None:
        """The service says which day is wrong."""


class AnalystsForm(forms.Form):
    """Who reads in a project, among the analysts of its boards."""

    version = WholeNumber(widget=forms.HiddenInput, min_value=1)
    analysts = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Who reads in it"
    )

    def __init__(self, *args: Any, of: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["analysts"].queryset = of  # type: ignore[attr-defined]  # a choice of rows


class InstitutionAnalystForm(forms.Form):
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("name", "pk"), label="Person", empty_label="Choose a person"
    )
    ends_on = Day(label="Last day", widget=DateInput(), required=False, help_text="Empty: until it is ended here.")
