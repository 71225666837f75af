"""The version of a row as an entity tag: what a writer saw, in `If-Match`."""

from django.utils.http import parse_etags


def etag(version: int) -> str:
    return f'"{version}"'


def names_version(header: str) -> bool:
    """Whether the header names a version at all. `*` does not: it would overwrite whatever stands."""
    tags = parse_etags(header.strip())
    return bool(tags) and tags != ["*"]


def matches(header: str, version: int) -> bool:
    """Strong comparison, as RFC 9110 asks for If-Match: a weak tag never matches."""
    return etag(version) in parse_etags(header.strip())
