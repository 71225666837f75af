"""What is empty is left out of a resource at any depth, and what is said stays: also 0 and no."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from careplans.api.fhir.datatypes import whole
from careplans.models import Step

LEAVES = st.sampled_from([None, "", " ", " a ", "b", 0, 0.0, 1, False, True, Decimal(0), Step.Status.PLANNED])
NAMES = st.sampled_from(["code", "text", "value"])
ANY = st.recursive(LEAVES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(NAMES, inside), max_leaves=30)


def as_fhir_has_it(value):
    """The same, word for word as the sentence above says it."""
    if isinstance(value, dict):
        parts = {name: as_fhir_has_it(one) for name, one in value.items()}
        return {name: one for name, one in parts.items() if one not in (None, "", [], {})}
    if isinstance(value, list):
        return [one for one in map(as_fhir_has_it, value) if one not in (None, "", [], {})]
    return value.strip() if isinstance(value, str) else value


@given(ANY)
def test_what_is_empty_is_left_out_at_any_depth(value):
    assert repr(whole(value)) == repr(as_fhir_has_it(value))


def test_nought_and_no_are_said():
    assert whole({"a": 0, "b": False, "c": None, "d": [{"e": " "}]}) == {"a": 0, "b": False}
