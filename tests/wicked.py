"""What nobody means, but what arrives: by kind, for the tests that send it everywhere (tests/test_fuzz_*.py)."""

import base64
import json

DIGITS = "9" * 5000
DEEP = "[" * 3000


def _as_old_cursor(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


TEXTS = {
    "a NUL": "a\x00b",
    "5,000 digits": DIGITS,
    "a number beyond 64 bits": str(2**63),
    "the largest of 64 bits": str(2**63 - 1),
    "beyond 31 bits": str(2**31),
    "a negative number": "-1",
    "nought": "0",
    "a number without end": "1e999999999",
    "no number": "NaN",
    "a digit of elsewhere": "٣",
    "a digit that is none": "²",
    "the year 1": "0001-01-01",
    "the year 9999": "9999-12-31",
    "a moment in the year 1": "0001-01-01T00:00:00+14:00",
    "a moment in 9999": "9999-12-31T23:59:59-12:00",
    "what folds to twice its length": "ß" * 32,
    "what folds to eighteen times its length": "\ufdfa" * 32,
    "a word without end": "x" * 20_000,
    "words without end": "x " * 3_000,
    "deep JSON": DEEP,
    "wrongly typed JSON": '[[{"a": 1.5}, null, true, "7"]]',
    "an old cursor": _as_old_cursor(["Ashdown", 7]),
    "a deep cursor": _as_old_cursor([[[[7]]]]),
    "no cursor": "nWyJcdTAwMDAiXQ",
    "an expression": "%s%(a)s{0}{{x}}' OR 1=1 --<script>",
    "another direction": "\u202e\u200b\U0001f9ec\u0301",
    "a blank": " ",
}
# What is alike in how it breaks things: of each family one is met in every run of the tests (`tests/fuzzing.py`).
FAMILIES = (
    ("a NUL",),
    ("5,000 digits", "a number without end"),
    ("a number beyond 64 bits", "the largest of 64 bits", "beyond 31 bits"),
    ("a negative number", "nought", "no number", "a digit of elsewhere", "a digit that is none"),
    ("the year 1", "a moment in the year 1"),
    ("the year 9999", "a moment in 9999"),
    ("what folds to twice its length", "what folds to eighteen times its length"),
    ("a word without end", "words without end"),
    ("deep JSON", "wrongly typed JSON", "an old cursor", "a deep cursor", "no cursor"),
    ("an expression", "another direction", "a blank"),
)
# Only as values of JSON.
FAMILIES_OF_JSON = (
    ("half a surrogate pair",),
    ("null", "true"),
    ("a list", "an object"),
    ("a huge number", "a negative whole number", "a tiny number", "a large number"),
)
NUMBERS = ("5,000 digits", "the largest of 64 bits", "beyond 31 bits", "a digit that is none")
DAYS = ("the year 1", "the year 9999")
WORDS = ("what folds to twice its length", "what folds to eighteen times its length")
# As values of JSON, which can be of any kind.
VALUES = TEXTS | {
    "half a surrogate pair": "\ud800",
    "null": None,
    "true": True,
    "a list": [1, [2, ["x"]]],
    "an object": {"a": {"b": "\u0130"}},
    "a huge number": int("9" * 300),
    "a negative whole number": -(2**63) - 1,
    "a tiny number": 1e-300,
    "a large number": 1e300,
}
BODIES = {
    "a list": b"[]", "null": b"null", "a text": b'"x"', "a number": b"7", "nothing": b"", "no text": b"\xff\xfe{}",
    "deep": DEEP.encode(), "NaN": b'{"version": NaN}', "digits": b'{"version": ' + DIGITS.encode() + b"}",
    "a NUL in a name": b'{"a\\u0000b": 1}', "half a pair in a name": b'{"\\ud800": 1}', "twice": b'{"a": 1, "a": 2}',
    "no JSON": b"{", "an exponent": b'{"version": 1e999999}',
}  # fmt: skip
HEADERS = {
    "HTTP_ACCEPT_LANGUAGE": "\xff" * 500, "HTTP_IF_MATCH": f'"{DIGITS}"', "HTTP_IF_NONE_MATCH": '"' * 100,
    "HTTP_AUTHORIZATION": "Token " + "\xff\x00", "HTTP_HX_CURRENT_URL": "http://[::1", "HTTP_HX_REQUEST": "true",
    "HTTP_IF_MODIFIED_SINCE": "Mon, 01 Jan 0001 00:00:00 GMT", "HTTP_ACCEPT": "a/b;q=x, */*", "HTTP_RANGE": "bytes=9-1",
    "HTTP_REFERER": "http://[", "HTTP_ORIGIN": "null", "HTTP_X_CSRFTOKEN": "\x00", "HTTP_IDEMPOTENCY_KEY": "k" * 9000,
    "HTTP_X_FORWARDED_FOR": "\x00", "HTTP_X_FORWARDED_PROTO": "\xff", "HTTP_CONTENT_LENGTH": DIGITS,
    "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": "true",
}  # fmt: skip
# As they arrive: Django reads `\000` in a quoted cookie as a NUL.
COOKIES = ['"\\000"', DIGITS, '"\\377\\376"', "x" * 5000, '"\\ud800"', "[[[[", ""]
