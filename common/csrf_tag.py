"""`{% csrf_token %}` of every template (settings: builtins): Django's, and a token that makes what is sent with it happen once.

Every form that posts has this tag, or the CSRF check refuses it: so no form can forget the other token.
"""

from django import template
from django.http import HttpRequest
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.once import NAME, new_token

register = template.Library()


class TokensNode(CsrfTokenNode):
    def render(self, context: template.Context) -> SafeString:
        drawn = SafeString(super().render(context))
        request = getattr(context, "request", None)
        person = getattr(request, "user", None) if isinstance(request, HttpRequest) else None
        if not drawn or person is None or not person.is_authenticated:
            return drawn
        return drawn + format_html('<input type="hidden" name="{}" value="{}">', NAME, new_token(person.pk))


@register.tag
def csrf_token(parser: Parser, token: Token) -> TokensNode:
    return TokensNode()
