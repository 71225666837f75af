from django import forms

from accounts.models import User
from common.forms import DateInput, Day


class ReviewForm(forms.Form):
    review_due_on = Day(required=False, label="Next review due on (optional)", widget=DateInput())
    responsible = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_content_editor=True).order_by("name"),
        required=False, label="Responsible editor (optional)", empty_label="Nobody yet",
    )  # fmt: skip
