"""What an address holds of a list: nobody but this server reads or makes it."""

import base64

import pytest

from common.paging import position, values_at
from common.sealed import seal, unseal

BY_NAME = ("family_key", "pk")


def test_what_was_sealed_comes_back():
    assert unseal(seal(["ashdown", 7], purpose="a"), purpose="a") == ["ashdown", 7]


def test_a_name_cannot_be_read_in_it():
    text = seal(["ashdown", 7], purpose="a")
    assert "ashdown" not in text
    assert b"ashdown" not in base64.urlsafe_b64decode(text + "==")


def test_the_same_place_has_the_same_address():
    assert seal(["ashdown", 7], purpose="a") == seal(["ashdown", 7], purpose="a") != seal(["ashdown", 8], purpose="a")


def test_a_place_of_one_order_is_none_of_another():
    assert values_at(position(["ashdown", 7], BY_NAME), BY_NAME) == ["ashdown", 7]
    assert values_at(position(["ashdown", 7], BY_NAME), ("due_on", "pk")) is None


@pytest.mark.parametrize("change", [lambda t: t[:-3] + "abc", lambda t: t[1:], lambda t: t * 50, lambda t: t + "é"])
def test_a_place_that_was_changed_is_none(change):
    assert unseal(change(seal(["ashdown", 7], purpose="a")), purpose="a") is None


@pytest.mark.parametrize("text", ["", "W10", "\x00", "=", "x" * 3000, "WyJhIiwgN10"])
def test_whatever_else_comes_is_none(text):
    assert unseal(text, purpose="a") is None


def test_another_key_opens_nothing(settings):
    text = seal([7], purpose="a")
    settings.SECRET_KEY = "another-key-0123456789-0123456789-0123456789-abcdef"
    assert unseal(text, purpose="a") is None
