"""What a sample leaves out: no route, no parameter, no field and no kind of value, whichever seed draws it."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fuzzing, test_fuzz_api, test_fuzz_pages, wicked
from tests.fuzzing import Draw, drawn

SORTS = [wicked.NUMBERS, wicked.DAYS, wicked.WORDS, ("deep JSON",), test_fuzz_pages.IN_ADDRESSES]
seeds = st.integers(0, 10**6)
forms = st.dictionaries(st.text("abcdefgh", min_size=1), st.sampled_from(SORTS), min_size=1)


def sampled(seed):
    return patch.object(fuzzing, "draw", Draw(seed))


def all_at_once(kinds, asked):
    return [sent for sent in asked if set(sent) == set(kinds)]


@given(seeds, forms)
def test_every_field_meets_a_kind_of_its_own_and_every_kind_a_field(seed, kinds):
    with sampled(seed):
        asked = all_at_once(kinds, drawn(kinds, about="a form", most=8))
    assert asked
    for sent in asked:
        assert all(kind in kinds[name] for name, kind in sent.items())
    for of in set(kinds.values()):
        names = [name for name in kinds if kinds[name] == of]
        assert {sent[name] for sent in asked for name in names} == set(of)


@given(forms)
def test_of_everything_every_field_meets_each_of_its_kinds(kinds):
    with sampled(None):
        asked = all_at_once(kinds, drawn(kinds, about="a form", most=8))
    assert all({sent[name] for sent in asked} == set(of) for name, of in kinds.items())


@given(seeds)
def test_one_seed_draws_the_same_and_another_something_else(seed):
    kinds = dict.fromkeys("abcdefgh", test_fuzz_pages.IN_ADDRESSES)

    def some(number):
        with sampled(number):
            return [list(drawn(kinds, about=f"form {form}", most=8)) for form in range(9)]

    assert some(seed) == some(seed) != some(seed + 1)


def test_every_kind_of_value_is_of_one_family():
    assert sorted(kind for family in wicked.FAMILIES for kind in family) == sorted(wicked.TEXTS)
    assert sorted(kind for family in test_fuzz_api.FAMILIES for kind in family) == sorted(wicked.VALUES)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 25])
@given(seed=seeds)
def test_the_parameters_of_an_operation_meet_every_family(seed, count):
    with patch.object(test_fuzz_api, "draw", Draw(seed)):
        asked = [test_fuzz_api.texts("an operation", str(number), number, count) for number in range(count)]
    assert all(asked)
    met = {kind for kinds in asked for kind in kinds}
    assert all(met & set(family) for family in wicked.FAMILIES)


@pytest.mark.parametrize(
    ("module", "tests", "all_of_it"),
    [
        (test_fuzz_pages, ("test_any_path", "test_any_address_of_a_page", "test_any_form"), test_fuzz_pages.ROUTES),
        (test_fuzz_api, ("test_any_path_and_address",), test_fuzz_api.OPERATIONS),
        (test_fuzz_api, ("test_any_body",), [one for one in test_fuzz_api.OPERATIONS if not one.startswith("get")]),
    ],
)
def test_every_route_and_operation_is_in_every_run(module, tests, all_of_it):
    for test in tests:
        [mark] = getattr(module, test).pytestmark
        assert sorted(mark.args[1]) == sorted(all_of_it)


def test_every_route_of_the_resolver_is_a_page_or_an_operation():
    names = {name for name, _ in fuzzing.routes()}
    assert {name for name in names if not name.startswith(("api:", "fhir:r4_"))} == set(test_fuzz_pages.ROUTES)
    assert len(test_fuzz_api.OPERATIONS) >= len({name for name in names if name.startswith("api:")} - {"api:schema"})
