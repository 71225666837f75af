"""Search parameters: which there are of a type, and what an address asks for. What is not declared is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.search import values as v

Type = Literal["token", "date", "reference", "uri", "string"]


@dataclass(frozen=True)
class Param:
    """`paths`: where in the resource. `by_rows`: the rows answer alone, as with a number that the resource spells otherwise."""

    name: str
    type: Type
    paths: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    by_rows: bool = False
    only_posted: bool = False
    """A number of a patient would be written into the logs of whatever an address passes."""
    finds: Callable[[Any, User, Sequence[str]], Any] | None = None
    """How rows are looked for by what refers to them."""


@dataclass(frozen=True)
class Asked:
    """One parameter with its values, any of which will do."""

    param: Param
    values: tuple[str, ...]

    def fits(self, resource: Resource) -> bool:
        if self.param.by_rows:
            return True
        found = [one for path in self.param.paths for one in v.at_path(resource, path)]
        return any(self._holds(one, value) for value in self.values for one in found)

    def _holds(self, one: Any, value: str) -> bool:
        match self.param.type:
            case "token":
                return v.holds_token(one, value)
            case "reference":
                return v.holds_reference(one, value)
            case "date":
                return v.holds_date(one, *v.read_date(value))
            case "uri":
                return bool(one == value)
            case _:
                return str(one).casefold().startswith(value.casefold())

    @property
    def keys(self) -> list[int]:
        """The numbers in the ids that are asked for."""
        return [number for value in self.values if (number := number_of(value)) is not None]


def number_of(text: str) -> int | None:
    """Of `CarePlan/12`, `plan-12-cure` or `12`: 12."""
    for word in text.rpartition("/")[2].split("-"):
        if word.isascii() and word.isdigit() and len(word) < 19 and word[0] != "0":
            return int(word)
    return None


ID = Param("_id", "token", ("id",))
LAST_UPDATED = Param("_lastUpdated", "date", ("meta.lastUpdated",))
EVERYWHERE = (ID, LAST_UPDATED)


def read_asked(name: str, text: str, params: Mapping[str, Param], base: str) -> Asked:
    """One parameter of an address, which may be given several times: then all of them have to fit. Raises ValidationError."""
    plain, _, modifier = (name, "", "") if name in params else name.partition(":")
    param = params[plain]
    texts = _split(text)
    if not texts or not all(one.strip() for one in texts):
        raise ValidationError({name: "Give a value, or leave this parameter out."})
    if modifier:
        texts = [_of_type(name, param, modifier, one) for one in texts]
    try:
        return Asked(param, tuple(_checked(param, one, base) for one in texts))
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def _of_type(name: str, param: Param, modifier: str, text: str) -> str:
    """`patient:Patient=5` is `patient=Patient/5`; no other modifier is known here."""
    if param.type != "reference" or modifier not in param.targets or "/" in text:
        raise ValidationError({name: "This server knows no such modifier."})
    return f"{modifier}/{text}"


def _checked(param: Param, text: str, base: str) -> str:
    if param.type == "date":
        v.read_date(text)
    elif param.type == "reference":
        local = v.read_reference(text, base)
        kind, bar, _ = local.rpartition("/")
        if bar and kind not in param.targets:
            raise ValidationError(f"This refers to {' or '.join(param.targets)}, never to {kind}.")
        return local
    return text


def _split(text: str) -> list[str]:
    """At commas that no backslash takes away."""
    found, escaped = [""], False
    for letter in text:
        if escaped:
            found[-1] += letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == ",":
            found.append("")
        else:
            found[-1] += letter
    return found


def by_name(params: Iterable[Param]) -> dict[str, Param]:
    return {param.name: param for param in (*EVERYWHERE, *params)}


def fits_all(resource: Resource, asked: Sequence[Asked]) -> bool:
    return all(one.fits(resource) for one in asked)
