import pytest
from django.template import Context, Template
from django.urls import get_resolver, reverse, set_script_prefix
from django.urls.exceptions import NoReverseMatch

from common.quick_url import MARKS, path_to


def drawn(text, **context):
    return Template(text).render(Context(context))


def test_every_address_of_keys_is_what_reverse_says():
    resolver = get_resolver()
    checked = 0
    for namespace in ("careplans", "accounts", "modalities"):
        inner = resolver.namespace_dict[namespace][1]
        for name in {one for one in inner.reverse_dict if isinstance(one, str)}:
            for count in range(len(MARKS) + 1):
                keys = [3, 47, 100_000][:count]
                try:
                    plain = reverse(f"{namespace}:{name}", args=keys)
                except NoReverseMatch:
                    continue
                assert path_to(f"{namespace}:{name}", *keys) == plain
                checked += 1
    assert checked > 150


@pytest.mark.parametrize("key", [7, "7", True, "a word", 7.0])
def test_the_tag_writes_what_reverse_says_and_refuses_what_it_refuses(key):
    try:
        plain = reverse("careplans:patient", args=[key])
    except NoReverseMatch:
        with pytest.raises(NoReverseMatch):
            drawn("{% url 'careplans:patient' key %}", key=key)
        return
    assert drawn("{% url 'careplans:patient' key %}", key=key) == plain
    assert drawn("{% url 'careplans:patient' pk=key as there %}{{ there }}", key=key) == plain
    assert drawn("{% url 'careplans:patient' key as there %}[{{ there }}]", key=key) == f"[{plain}]"


def test_an_address_that_is_not_there_is_told_or_left_empty():
    assert drawn("{% url 'careplans:no_such_page' 1 as there %}[{{ there }}]") == "[]"
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'careplans:no_such_page' 1 %}")


def test_it_follows_the_place_at_which_the_app_is_served():
    assert path_to("careplans:patient", 7) == "/patients/7/"
    try:
        set_script_prefix("/consilium/")
        assert path_to("careplans:patient", 7) == "/consilium/patients/7/"
    finally:
        set_script_prefix("/")
