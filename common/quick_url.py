"""`{% url %}` and `reverse()` of addresses that hold only keys: looked up once, and filled in from then on.

A list writes fifty of them or more, and Django looks through its patterns for each. What an address of a name looks like is code,
so what is kept here is never out of date. Everything that is not a plain number is left to Django.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()
# No key comes near them, and each leads with a digit of its own: so they are found again in an address.
MARKS = (7_000_000_000_000_000, 8_000_000_000_000_000, 9_000_000_000_000_000)


def path_to(name: str, *keys: int) -> str:
    """What `reverse(name, args=keys)` says."""
    return _shape(name, len(keys), get_urlconf(), get_script_prefix())(*keys)


@lru_cache(maxsize=2048)
def _shape(name: str, count: int, urlconf: str | None, prefix: str) -> Callable[..., str]:
    shape = reverse(name, args=MARKS[:count]).replace("{", "{{").replace("}", "}}")
    for place in range(count):
        shape = shape.replace(str(MARKS[place]), f"{{{place}}}")
    return shape.format


class QuickUrlNode(URLNode):
    def render(self, context: Context) -> SafeString | str:
        keys = [arg.resolve(context) for arg in self.args]
        # Not a bool, which is a number too; and no text, which would need quoting.
        if self.kwargs or len(keys) > len(MARKS) or any(type(key) is not int or key < 0 for key in keys):
            return super().render(context)
        try:
            path = path_to(self.view_name.resolve(context), *keys)
        except NoReverseMatch:
            # As Django tells it, or leaves it empty.
            return super().render(context)
        if self.asvar:
            context[self.asvar] = path
            return ""
        return conditional_escape(path) if context.autoescape else path


@register.tag("url")
def quick_url(parser: Parser, token: Token) -> URLNode:
    node: Any = django_url(parser, token)
    is_plain = type(node) is URLNode and node.view_name.is_var is False
    return QuickUrlNode(node.view_name, node.args, node.kwargs, node.asvar) if is_plain else node
