"""The demo board, told once for these tests and committed, and a server that serves it: scripts run in processes of their own."""

from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from careplans.demo.people import read
from tests.careplans.api import token_for
from tests.databases import empty


@dataclass
class Answer:
    status: int
    type: str
    body: bytes


class World:
    """What somebody of the demo board gets: the chair, who is shown small numbers, and the analyst, who is not."""

    def __init__(self, url):
        self.url, self.token = url, token_for(User.objects.get(email="chair@consilium.example"))
        self.analyst = token_for(User.objects.get(email="analyst@consilium.example"))
        self.signs_in = {"email": "analyst@consilium.example", "password": read()["password"]}

    def get(self, path):
        return self.send("GET", path)

    def send(self, method, path, body="", *, token=None):
        said = self.token if token is None else token
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {said}"} if said else {})
        asked = Request(self.url + path, body.encode() or None, headers, method=method)
        try:
            with urlopen(asked, timeout=120) as answer:
                return Answer(answer.status, answer.headers["Content-Type"], answer.read())
        except HTTPError as error:
            return Answer(error.code, error.headers["Content-Type"], error.read())


@pytest.fixture(scope="module")
def served(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        try:
            call_command("seed_demo", yes=True)
            server = LiveServer("localhost")
            try:
                yield World(server.url)
            finally:
                server.stop()
        finally:
            empty(connection)


@pytest.fixture
def world(served, django_db_blocker):
    with django_db_blocker.unblock():
        yield served
