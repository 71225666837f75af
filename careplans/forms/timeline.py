from django import forms

from careplans.readers.timeline_groups import GROUPS


class TimelineForm(forms.Form):
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "Everything"), *((code, label) for code, (label, _) in GROUPS.items())],
    )

    def kinds(self) -> tuple[str, ...]:
        """Kinds of the chosen group; none means all."""
        chosen = self.cleaned_data.get("show", "") if self.is_valid() else ""
        return GROUPS[chosen][1] if chosen else ()
