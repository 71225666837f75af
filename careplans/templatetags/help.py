"""Links of the help: whoever has the role is led to the page, and anybody else reads what it is called."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def page(context: template.Context, name: str, words: str) -> SafeString:
    """A page of the whole centre."""
    return _linked(reverse(name) if context["mine"] else "", words)


@register.simple_tag(takes_context=True)
def board_page(context: template.Context, name: str, words: str) -> SafeString:
    """A page of a board on which the reader has the role."""
    return _linked(reverse(name, args=[context["at"]]) if context["at"] else "", words)


def _linked(url: str, words: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words) if url else format_html("<strong>{}</strong>", words)
