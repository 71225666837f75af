from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


def run(*args):
    out = StringIO()
    call_command("create_administrator", *args, stdout=out)
    return out.getvalue()


def link_in(text):
    return text.splitlines()[-1]


def test_it_prints_a_link_that_works(client, db, settings):
    link = link_in(run("first@consilium.example", "First"))
    assert link.startswith(settings.BASE_URL)
    response = client.get(link.removeprefix(settings.BASE_URL), follow=True)
    assert "Welcome to Consilium" in response.content.decode()


def test_it_prints_a_new_link_the_second_time(client, db, settings):
    old = link_in(run("first@consilium.example", "First"))
    run("first@consilium.example", "First")
    assert User.objects.count() == 1
    response = client.get(old.removeprefix(settings.BASE_URL), follow=True)
    assert "This invitation no longer works" in response.content.decode()


def test_it_leaves_an_account_in_use_alone(ana):
    with pytest.raises(CommandError, match="already has an account"):
        run(ana.email, "Ana")


def test_it_refuses_what_is_no_address(db):
    with pytest.raises(CommandError):
        run("not an address", "First")
