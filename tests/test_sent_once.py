"""No form and no verb can forget that what is sent twice is done once."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import RequestContext
from django.test import RequestFactory

from accounts.models import User
from common.csrf_tag import TokensNode
from tests.test_architecture import ROOT, WRITERS, modules, within, written_rows

FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Doors, and what they may call.
DOORS = ("accounts.views", "modalities.views", "careplans.views", "careplans.rules.views", "careplans.outbox.views")


def forms():
    return [(path, form) for path in TEMPLATES for form in FORM.findall(path.read_text())]


def test_every_form_that_posts_has_the_tag_that_draws_the_token():
    assert len(forms()) > 80
    assert [str(path) for path, form in forms() if "{% csrf_token %}" not in form] == []


def test_no_form_writes_the_csrf_token_by_hand_past_the_other():
    assert [str(path) for path in TEMPLATES if "csrfmiddlewaretoken" in path.read_text()] == []


@pytest.mark.parametrize("person", [User(pk=7), AnonymousUser()])
def test_the_tag_draws_a_token_for_whoever_is_signed_in(person):
    request = RequestFactory().get("/")
    request.user = person
    drawn = TokensNode().render(RequestContext(request, {"csrf_token": "x"}))
    assert ('name="once"' in drawn) == person.is_authenticated
    assert "common.csrf_tag" in settings.TEMPLATES[0]["OPTIONS"]["builtins"]


def verbs():
    """Functions that write rows, by module: whether each is a transaction, and so uses the token up."""
    for path, name in modules():
        if not any(within(name, one) for one in WRITERS) or within(name, "careplans.demo"):
            continue
        for function in ast.parse(path.read_text()).body:
            if isinstance(function, ast.FunctionDef) and list(written_rows(function)):
                yield name, function.name, any("transactional" in ast.unparse(one) for one in function.decorator_list)


def called_by_doors():
    for path, name in modules():
        if any(within(name, door) for door in DOORS) or within(name, "careplans.api"):
            yield from called(path)


def called(path: Path):
    tree = ast.parse(path.read_text())
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield f"{aliases[node.value.id]}.{node.attr}"


# What a session, a token or a mail does by itself, what is kept before anybody is signed in, and looks beside the deed (`aside`).
NO_VERBS = {
    "accounts.audit.record", "accounts.audit.at_once", "accounts.services.typed.drop_typed", "accounts.services.typed.keep_typed",
    "accounts.services.api_tokens.open_token",
}  # fmt: skip


def test_every_verb_that_a_page_or_the_api_calls_uses_the_token_up():
    plain = {f"{module}.{function}" for module, function, is_verb in verbs() if not is_verb}
    assert len(plain) > 5
    assert (plain & set(called_by_doors())) - NO_VERBS == set()
