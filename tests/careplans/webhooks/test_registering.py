"""The host of an address is looked up before anything is written: a name server that is silent holds nobody else up."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Membership, Notice
from careplans.models import Webhook
from careplans.webhooks import registering
from tests.careplans.webhooks.makers import NOUNS

PUBLIC = [(0, 0, 0, "", ("93.184.215.14", 443))]


@pytest.fixture
def silent(monkeypatch):
    """A name server that answers once it is told to."""
    asked, answers = Event(), Event()

    def look_up(*args, **kwargs):
        asked.set()
        assert answers.wait(60)
        return PUBLIC

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked, answers


def register(board, ana):
    try:
        return registering.register_webhook(board, by=ana, name="W", url="https://slow.example/", nouns=NOUNS)[0]
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_others_write_while_a_name_server_is_silent(board, ana, omar, silent):
    asked, answers = silent
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(register, board, ana)
        try:
            assert asked.wait(30)
            since = time.monotonic()
            Notice.objects.create(user=omar, kind="board", text="Meanwhile", path="/", dedupe_key="meanwhile")
            took = time.monotonic() - since
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    # Of a transaction that has written, reports and the feed wait for the end.
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL"
                    )
                    assert cursor.fetchone() == (0,)
        finally:
            answers.set()
        assert made.result(60).pk == Webhook.objects.get().pk
    assert took < 5


@pytest.mark.django_db
def test_whoever_leaves_during_the_look_up_registers_nothing(board, ana, monkeypatch):
    def look_up(*args, **kwargs):
        Membership.objects.filter(user=ana).update(role="observer")
        return PUBLIC

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(PermissionDenied):
        registering.register_webhook(board, by=ana, name="W", url="https://slow.example/", nouns=NOUNS)
    assert not Webhook.objects.exists()


READ = """
import ctypes
{setup}
libc = ctypes.CDLL(None)
libc.__res_init()
libc.__res_state.restype = ctypes.POINTER(ctypes.c_int * 2)
print(*libc.__res_state().contents)
"""


def resolver(setup, **env):
    """How long the resolver of a process waits for each name server, in seconds, and how often it asks."""
    told = subprocess.run(
        [sys.executable, "-c", READ.format(setup=setup)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(map(int, told.stdout.split()))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "__res_state"), reason="the resolver of glibc")
def test_a_look_up_asks_each_name_server_for_a_short_while(monkeypatch):
    monkeypatch.delenv("RES_OPTIONS", raising=False)
    setup = "import config.settings_test"
    assert resolver(setup) == (2, 2)
    # What the site says itself stands.
    assert resolver(setup, RES_OPTIONS="timeout:1 attempts:3") == (1, 3)
