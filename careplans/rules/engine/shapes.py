"""Take plain data (as JSON gives it) apart, and refuse what does not fit with the exact place named."""

import json
from collections.abc import Collection, Iterator, Mapping

# Longer values help nobody to find the place, and a message must stay one short line.
SHOWN = 60
HUGE = 10**15


class Malformed(ValueError):
    """Input that cannot be read. `place` is the way to it, such as `[3].facts.extent`."""

    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place or 'input'}: {text}")
        self.place = place
        self.text = text


class TwiceKeyed(dict[str, object]):
    """A JSON object in which one key stood twice: plain JSON would silently keep the last."""

    twice: str


def keyed_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """For `json.loads(object_pairs_hook=...)`; `as_object` refuses what is marked here, with its place."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            marked = TwiceKeyed(pairs)
            marked.twice = key
            return marked
        found[key] = value
    return found


def shown(value: object) -> str:
    """A value in a message: one line, ASCII, short."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) > HUGE:
        return "a huge number"
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def inside(place: str, key: object) -> str:
    """The place of a key. Anything but a plain word is quoted, so that a place too is one line."""
    name = str(key) if str(key).isidentifier() and str(key).isascii() and len(str(key)) <= SHOWN else shown(str(key))
    return f"{place}.{name}" if place else name


def one_of(codes: Collection[str]) -> str:
    return f"use one of {', '.join(codes)}"


def as_object(data: object, place: str) -> Mapping[str, object]:
    if isinstance(data, TwiceKeyed):
        raise Malformed(inside(place, data.twice), "stands twice in this object")
    if not isinstance(data, Mapping):
        raise Malformed(place, f"must be an object, not {shown(data)}")
    return data


def as_keys(
    data: object, place: str, *, needed: Collection[str], allowed: Collection[str] = ()
) -> Mapping[str, object]:
    """An object with every `needed` key and none that is neither needed nor allowed."""
    found = as_object(data, place)
    known = (*needed, *allowed)
    for key in found:
        if key not in known:
            raise Malformed(inside(place, key), f"unknown key; {one_of(known)}")
    for key in needed:
        if key not in found:
            raise Malformed(inside(place, key), "is missing")
    return found


def as_items(data: object, place: str, *, empty: bool = False) -> Iterator[tuple[object, str]]:
    """The items of a list, each with its own place."""
    if not isinstance(data, list | tuple):
        raise Malformed(place, f"must be a list, not {shown(data)}")
    if not data and not empty:
        raise Malformed(place, "must not be empty")
    return ((item, f"{place}[{number}]") for number, item in enumerate(data))


def as_text(data: object, place: str) -> str:
    if not isinstance(data, str):
        raise Malformed(place, f"must be a text, not {shown(data)}")
    if not data.strip():
        raise Malformed(place, "must not be empty")
    return data


def as_code(data: object, place: str, codes: Collection[str], noun: str) -> str:
    if not isinstance(data, str):
        raise Malformed(place, f"must be a {noun} in quotes, not {shown(data)}; {one_of(codes)}")
    if data not in codes:
        raise Malformed(place, f"unknown {noun} {shown(data)}; {one_of(codes)}")
    return data


def as_codes(data: object, place: str, codes: Collection[str], noun: str) -> tuple[str, ...]:
    """One or more codes, none twice."""
    found: list[str] = []
    for item, where in as_items(data, place):
        code = as_code(item, where, codes, noun)
        if code in found:
            raise Malformed(where, f"{noun} {shown(code)} stands twice")
        found.append(code)
    return tuple(found)


def as_truth(data: object, place: str) -> bool:
    if not isinstance(data, bool):
        raise Malformed(place, f"must be true or false, not {shown(data)}")
    return data


def as_whole(data: object, place: str, low: int, high: int, unit: str = "") -> int:
    """A whole number. `true` is none, although Python counts it as 1, and neither is 51.0."""
    if isinstance(data, bool) or not isinstance(data, int):
        raise Malformed(place, f"must be a whole number{f' of {unit}' if unit else ''}, not {shown(data)}")
    if not low <= data <= high:
        raise Malformed(place, f"must be from {low} to {f'{high} {unit}'.strip()}, not {shown(data)}")
    return data
