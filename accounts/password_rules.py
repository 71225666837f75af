"""Which passwords are refused, beside those that are too short, all digits, or on Django's list of leaked ones."""

import re

from django.core.exceptions import ValidationError

from accounts.models import User

# Ten thousand million guesses, as zxcvbn counts them: out of reach for whoever may try ten in a quarter of an hour, from many
# addresses and for years.
STRONG = 4
# It looks no further: what a longer one holds behind that does not make it weaker.
LOOKED_AT = 72
HELP = "Choose a few words that have nothing to do with each other or with you."


class GuessableValidator:
    """zxcvbn knows 30,000 leaked passwords, words, names, dates, rows of keys, repeats and how they are put together, and looks
    nothing up outside. A longer list of leaked ones would be many megabytes: of those, few have twelve characters, and most
    that do are such a combination."""

    def validate(self, password: str, user: User | None = None) -> None:
        own = _own_words(user)
        if len(re.sub("|".join(map(re.escape, own)) or "$^", "", password.lower())) < 6:
            raise ValidationError(f"It holds little but your own name or e-mail address. {HELP}", code="own")
        # Its word lists take a tenth of a second, and most processes never need them.
        from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # has no types

        found = zxcvbn(password[:LOOKED_AT], user_inputs=[*own, "consilium"])
        if found["score"] < STRONG:
            raise ValidationError(f"{_why(found['sequence'])} {HELP}", code="guessable")

    def get_help_text(self) -> str:
        return HELP


def _own_words(user: User | None) -> list[str]:
    """The longest first, so that a name goes as a whole. Of three letters and more."""
    if user is None:
        return []
    words = {user.name.lower(), user.email.lower(), *re.findall(r"\w{3,}", f"{user.name} {user.email}".lower())}
    return sorted((word for word in words if word), key=len, reverse=True)


def _why(sequence: list[dict[str, object]]) -> str:
    kinds = {part["pattern"] for part in sequence}
    lists = {part.get("dictionary_name") for part in sequence}
    if "user_inputs" in lists:
        return "It is put together from your own name or e-mail address."
    if "passwords" in lists:
        return "It is on lists of leaked passwords, or nearly so."
    if kinds & {"repeat", "sequence", "spatial"}:
        return "It repeats itself, or follows the alphabet, the digits or the keyboard."
    return "It is easily guessed."
