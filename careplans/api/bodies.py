"""Nothing that a caller sends is dropped in silence: what a body does not take is refused by its name."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import ValidationError as Refusal
from rest_framework.serializers import BaseSerializer, ListField, ListSerializer, Serializer

# More are not told at once.
MOST_TOLD = 20


def check_takes_all(serializer: BaseSerializer, sent: Any) -> None:
    """Raises for every name in a body, however deep, that nothing takes."""
    found = _untaken(serializer, sent)
    if found:
        raise Refusal(found)


def check_takes_nothing(sent: Any) -> None:
    """Of a verb without a body; an empty one is none."""
    if isinstance(sent, Mapping) and sent:
        raise Refusal(_told(sent, ()))
    if sent not in (None, "", {}):
        raise ValidationError("This takes no body. Nothing was saved.")


def _untaken(field: Any, sent: Any) -> dict[Any, Any]:
    if isinstance(field, ListSerializer | ListField) and isinstance(sent, list):
        inner = {place: _untaken(field.child, one) for place, one in enumerate(sent)}
        return {place: told for place, told in islice(inner.items(), MOST_TOLD) if told}
    if not isinstance(field, Serializer) or not isinstance(sent, Mapping):
        return {}
    taken = {name: one for name, one in field.fields.items() if not one.read_only}
    inner = {name: _untaken(taken[name], value) for name, value in sent.items() if name in taken}
    return {name: told for name, told in inner.items() if told} | _told([n for n in sent if n not in taken], taken)


def _told(names: Iterable[str], taken: Iterable[str]) -> dict[str, list[str]]:
    return {name: [_sentence(name, list(taken))] for name in islice(names, MOST_TOLD)}


def _sentence(name: str, taken: list[str]) -> str:
    near = get_close_matches(name, taken, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else " Leave it out, or look in the description of this endpoint."
    return f"This takes no field of that name, so nothing was saved.{meant}"


def sent_as(value: Any) -> Any:
    """A person is shown as `{"id", "name"}` and sent as an id."""
    return value["id"] if isinstance(value, dict) and "id" in value else value
