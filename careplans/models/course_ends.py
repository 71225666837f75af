"""When a stop is the end that a course was meant to have: what is signed under “stop when” decides, and never a guess.

“Stop when” is typed in words. It is read as a list, in which commas, semicolons and “or” part one item from the next, and an item
says a reason where it is one of the words below and nothing else: “progression or toxicity” says two, “no progression for a year”
and “progression on CT” say none, since whether that came nobody could tell from the code of a reason. In the database by the same
list, for querysets (`stop_was_signed`) and for questions in SQL (`stop_was_signed_sql`).
"""

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Concat, Lower, Replace, Trim
from django.db.models.lookups import Contains

from careplans.models.step_values import Reason

# What an item of “stop when” says, in small letters; a typographic apostrophe is read as a straight one. The house's own.
STOP_WORDS: dict[str, tuple[str, ...]] = {
    Reason.PROGRESSION.value: ("progression", "disease progression", "progressive disease"),
    Reason.NO_RESPONSE.value: ("no response",),
    Reason.NO_LONGER_INDICATED.value: ("no longer indicated",),
    Reason.SUSTAINED_REMISSION.value: ("sustained remission",),
    Reason.TOXICITY.value: ("toxicity", "unacceptable toxicity", "not tolerated"),
    Reason.DETERIORATION.value: ("deterioration",),
    Reason.PATIENT_CHOICE.value: ("patient's choice", "patient's wish", "wish"),
    Reason.DIED.value: ("death", "patient's death", "for life", "lifelong"),
}
# What ends a course that runs until a reason to stop as it was meant to end, whatever its “stop when” says.
AS_MEANT = (
    Reason.PROGRESSION.value, Reason.NO_RESPONSE.value, Reason.NO_LONGER_INDICATED.value, Reason.SUSTAINED_REMISSION.value,
)  # fmt: skip
# One after the other, before an item is looked for between two commas.
_REPLACED = (("’", "'"), (".", ""), (";", ","), (", or ", ", "), (" or ", ", "))


def stop_was_named(stop_when: str, reason: str) -> bool:
    """Whether “stop when” names this reason."""
    said = stop_when.strip(" ").lower()
    for old, new in _REPLACED:
        said = said.replace(old, new)
    return any(_item(words) in _listed(said) for words in STOP_WORDS.get(reason, ()))


def _item(words: str) -> str:
    return f", {words}, "


def _listed(said: str) -> str:
    return f", {said}, "


def stop_was_signed(step: str) -> Q:
    """Of rows that point at a step by this name: those of which “stop when” names the reason that the step has. Which status it
    has is not asked."""
    said = Lower(Trim(F(f"{step}__stop_when")))
    for old, new in _REPLACED:
        said = Replace(said, Value(old), Value(new))  # type: ignore[assignment]  # one text in another
    listed = Concat(Value(", "), said, Value(", "), output_field=CharField())
    found = Q()
    for reason, items in STOP_WORDS.items():
        named = Q()
        for words in items:
            named |= Q(Contains(listed, _item(words)))
        found |= Q(**{f"{step}__reason": reason}) & named
    return found


def stop_was_signed_sql(row: str) -> str:
    """The same of a row of steps in a question (careplans/readers/known), where a percent sign is written twice."""
    said = f"LOWER(TRIM({row}.stop_when))"
    for old, new in _REPLACED:
        said = f"REPLACE({said}, {_text(old)}, {_text(new)})"
    listed = f"', ' || {said} || ', '"
    whens = (f"WHEN {_text(reason)} THEN {_any_of(listed, items)}" for reason, items in STOP_WORDS.items())
    return f"CASE {row}.reason {' '.join(whens)} ELSE 1 = 0 END"


def _any_of(listed: str, items: tuple[str, ...]) -> str:
    return " OR ".join(f"{listed} LIKE {_text('%%' + _item(words) + '%%')}" for words in items)


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
