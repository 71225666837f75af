from datetime import time
from typing import Any

from django import forms

from accounts.models import User
from accounts.services.settings import OWN_FIELDS


def clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "class": "nhsuk-input--width-5"}, format="%H:%M")


class SettingsForm(forms.ModelForm):
    class Meta:
        model = User
        fields = OWN_FIELDS
        widgets = {"quiet_from": clock(), "quiet_until": clock(), "digest_at": clock()}
        labels = {
            "quiet_from": "From", "quiet_until": "Until", "digest_at": "Send one e-mail a day at",
            "mail_escalations": "E-mail me when something on my boards escalates to me, or the condition of a step has failed",
            "signatures_at_once": "A plan that waits for my signature does not wait for it",
        }  # fmt: skip
        help_texts = {
            "digest_at": "Leave it empty for one e-mail for each thing. Choose an hour after that of your boards’ reminders, "
            "often 08:00: what comes later waits for the next day’s e-mail.",
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        start, end, daily = data.get("quiet_from"), data.get("quiet_until"), data.get("digest_at")
        if (start is None) != (end is None) and not self.errors:
            missing = "quiet_from" if start is None else "quiet_until"
            self.add_error(missing, "Give both hours, or neither.")
        elif start is not None and start == end:
            self.add_error("quiet_until", "Choose another hour than the one at which quiet begins.")
        elif start and end and daily and is_between(daily, start, end):
            self.add_error("digest_at", "This hour lies in your quiet hours. Choose another one.")
        return data


def is_between(clock: time, start: time, end: time) -> bool:
    """Whether an hour lies from `start` up to `end`, which may be past midnight."""
    return start <= clock < end if start < end else clock >= start or clock < end
