"""How a form that also asks what comes next is drawn: its own fields, then the question."""

from django import forms, template
from django.forms.boundfield import BoundField

from careplans.forms import nothing_ahead
from careplans.forms.nothing_ahead import AheadForm

register = template.Library()


@register.filter
def own_fields(form: forms.Form) -> list[BoundField]:
    return [field for field in form.visible_fields() if field.name not in AheadForm.base_fields]


@register.filter
def asks_ahead(form: forms.Form) -> bool:
    return nothing_ahead.asks_ahead(form)
