from typing import Any

from django import forms

from accounts.models import User
from accounts.services.absences import possible_deputies
from common.forms import DateInput, Day


class AbsenceForm(forms.Form):
    first_day = Day(label="First day away", widget=DateInput())
    last_day = Day(label="Last day away", widget=DateInput())
    deputy = forms.ModelChoiceField(
        User.objects.none(), label="Who stands in", empty_label="Choose",
        help_text="Somebody who acts on each of your boards. They get your reminders meanwhile.",
    )  # fmt: skip

    def __init__(self, data: Any, *, person: User) -> None:
        super().__init__(data)
        deputy: Any = self.fields["deputy"]
        deputy.queryset = User.objects.filter(pk__in=[user.pk for user in possible_deputies(person)]).order_by("name")
