"""When a stop is the end that a course was meant to have: what is signed under “stop when” decides, and never a guess.

“Stop when” is typed in words. It is read as a list: commas, semicolons, strokes and “or” part one item from the next; full stops,
a second blank, “until” and “either” do not count. An item says a reason where it is one of the words below and nothing else:
“progression or toxicity” says two, “progression on CT” says none, since whether that came nobody could tell from the code of a
reason. Nor does a list say anything in which “no”, “except” and their kind stand elsewhere than in those words: “no stop for
progression or toxicity” means its opposite. In the database by the same steps, for querysets (`stop_was_signed`) and for
questions in SQL (`said_sql`, `stop_was_signed_sql`).
"""

from collections.abc import Iterator

from django.db.models import CharField, Expression, F, Q, Value
from django.db.models.functions import Concat, Lower, Replace
from django.db.models.lookups import Contains

from careplans.models.step_values import Reason

# What an item of “stop when” says, in small letters. The house's own.
STOP_WORDS: dict[str, tuple[str, ...]] = {
    Reason.PROGRESSION.value: (
        "progression", "disease progression", "progression of disease", "progressive disease", "tumour progression",
        "tumor progression", "pd", "progression between two cycles",
    ),
    Reason.NO_RESPONSE.value: ("no response",),
    Reason.NO_LONGER_INDICATED.value: ("no longer indicated",),
    Reason.SUSTAINED_REMISSION.value: ("sustained remission",),
    Reason.TOXICITY.value: (
        "toxicity", "unacceptable toxicity", "intolerable toxicity", "toxicity that is not tolerated", "kidney toxicity",
        "marrow toxicity", "not tolerated", "it is not tolerated", "side effects that outweigh the benefit",
    ),
    Reason.DETERIORATION.value: ("deterioration",),
    Reason.PATIENT_CHOICE.value: (
        "patient's choice", "patient's wish", "patient’s choice", "patient’s wish", "the patient's wish", "the patient’s wish",
        "patient choice", "patient wish", "wish",
    ),
    Reason.DIED.value: ("death", "patient's death", "patient’s death", "for life", "lifelong"),
}  # fmt: skip
# What ends a course that runs until a reason to stop as it was meant to end, whatever its “stop when” says.
AS_MEANT = (
    Reason.PROGRESSION.value, Reason.NO_RESPONSE.value, Reason.NO_LONGER_INDICATED.value, Reason.SUSTAINED_REMISSION.value,
)  # fmt: skip
# And where “stop when” names it: what was planned has happened. Of the others the course ends as it was signed, so that what
# comes next may come; but it ended early, and somebody wants to see why.
AS_PLANNED = (*AS_MEANT, Reason.DIED.value)
HELP = (
    "For example: progression, toxicity or death. A stop for one of these is then the end that was meant; the page of the step "
    "says what was read."
)
# One after the other, of the words between two blanks. Each blank between two items goes with its comma. As few as there can be:
# SQLite reads only so many functions within each other.
_REPLACED = (
    (".", ""), (";", ","), ("/", ","), ("  ", " "), (" or ", ","), (", ", ","), (" ,", ","), ("until ", ""), (",either ", ","),
)  # fmt: skip
_BEGIN, _END = " ,", ", "
# Where one of these stands outside of the words above, a list means something else than its items. Beside each the items that
# have it.
OPPOSITES: dict[str, tuple[str, ...]] = {
    "no": ("no response", "no longer indicated"), "not": ("not tolerated",), "never": (), "except": (), "unless": (),
    "without": (), "but": (), "nor": (), "neither": (), "regardless": (), "irrespective": (), "despite": (), "other": (),
    "rather": (), "instead": (), "cannot": (), "don't": (), "don’t": (), "isn't": (), "isn’t": (),
}  # fmt: skip


def _read(stop_when: str) -> str:
    """The list, with a comma before and behind each item."""
    said = f"{_BEGIN}{stop_when.lower()}{_END}"
    for old, new in _REPLACED:
        said = said.replace(old, new)
    return said


def _items(reason: str) -> Iterator[str]:
    return (f",{words}," for words in STOP_WORDS[reason])


def _opposites() -> Iterator[tuple[str, tuple[str, ...]]]:
    """As they stand in a list, at its beginning or within an item, and what speaks for them."""
    return ((f"{before}{word} ", meant) for word, meant in OPPOSITES.items() for before in (",", " "))


def reasons_named(stop_when: str) -> list[str]:
    """The codes of reasons for which it is signed to stop, in the order of the table."""
    said = _read(stop_when)
    if any(word in said and not any(one in said for one in meant) for word, meant in _opposites()):
        return []
    return [reason for reason in STOP_WORDS if any(item in said for item in _items(reason))]


def stop_was_signed(step: str) -> Q:
    """Of rows that point at a step by this name: those of which “stop when” names the reason that the step has. Which status it
    has is not asked."""
    said: Expression = Concat(Value(_BEGIN), Lower(F(f"{step}__stop_when")), Value(_END), output_field=CharField())
    for old, new in _REPLACED:
        said = Replace(said, Value(old), Value(new))
    found, means_else = Q(), Q()
    for reason in STOP_WORDS:
        named = Q()
        for item in _items(reason):
            named |= Q(Contains(said, item))
        found |= Q(**{f"{step}__reason": reason}) & named
    for word, meant in _opposites():
        one = Q(Contains(said, word))
        for item in meant:
            one &= ~Q(Contains(said, item))
        means_else |= one
    return found & ~means_else


def said_sql(row: str) -> str:
    """The list of a row of steps in a question (careplans/readers/known), as `stop_was_signed_sql` takes it."""
    said = f"{_text(_BEGIN)} || LOWER({row}.stop_when) || {_text(_END)}"
    for old, new in _REPLACED:
        said = f"REPLACE({said}, {_text(old)}, {_text(new)})"
    return said


def stop_was_signed_sql(reason: str, said: str) -> str:
    """The same of two columns in a question, where a percent sign is written twice."""
    whens = (f"WHEN {_text(code)} THEN {_any_of(said, _items(code))}" for code in STOP_WORDS)
    means_else = (
        " AND ".join([_has(said, word), *(f"NOT {_has(said, item)}" for item in meant)]) for word, meant in _opposites()
    )
    return f"(CASE {reason} {' '.join(whens)} ELSE 1 = 0 END AND NOT ({' OR '.join(means_else)}))"


def _any_of(said: str, parts: Iterator[str]) -> str:
    return " OR ".join(_has(said, part) for part in parts)


def _has(said: str, part: str) -> str:
    return f"{said} LIKE {_text(f'%%{part}%%')}"


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
