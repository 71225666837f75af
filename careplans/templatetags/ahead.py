"""How a form that also asks what comes next is drawn: its own fields, then the question."""

from django import template

from careplans.forms.nothing_ahead import asks_ahead, own_fields

register = template.Library()

register.filter("own_fields", own_fields)
register.filter("asks_ahead", asks_ahead)
