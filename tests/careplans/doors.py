"""Small helpers for tests that go through the pages."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"careplans:{name}", args=args)


def queries_of(client, path):
    """Queries of a page, once the session knows its board."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
