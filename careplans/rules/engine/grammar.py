"""Reads the condition of a rule, word by word, and refuses what it does not know with the place named."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from careplans.rules.engine import conditions as c
from careplans.rules.engine import proforma
from careplans.rules.engine.facts import DERIVED, FACTORS
from careplans.rules.engine.shapes import (
    Malformed,
    as_code,
    as_codes,
    as_items,
    as_keys,
    as_object,
    as_truth,
    as_whole,
    inside,
    one_of,
    shown,
)
from careplans.rules.engine.vocabulary import ADDED_PAGE, CONTENT_FLAGS, GOALS, MM, MODALITIES, NOT_RECORDED, TARGETS

# Deeper than anybody can follow, and far from Python's own limit.
DEEPEST = 12
OPERABILITY = (*proforma.CODED["liver_surgery_option"], NOT_RECORDED)


@dataclass(frozen=True)
class Context:
    """What reading a condition has to know: the scope of its rule, and the factors that it asks for so far."""

    scope: str
    depth: int = 0
    factors: list[str] = field(default_factory=list)

    def deeper(self, place: str) -> "Context":
        if self.depth >= DEEPEST:
            raise Malformed(place, f"is nested more than {DEEPEST} deep")
        return replace(self, depth=self.depth + 1)


Reader = Callable[[object, str, Context], c.Condition]


def read_condition(data: object, place: str, context: Context) -> c.Condition:
    """A condition is an object with one word; `fact` goes with `in`, and `derived` with `is`."""
    found = as_object(data, place)
    word = next((key for key in found if key in WORDS), None)
    if word is None:
        asked = inside(place, next(iter(found))) if found else place
        raise Malformed(asked, f"{'unknown' if found else 'needs a'} word; {one_of(WORDS)}")
    if word in STEP_WORDS and context.scope != "step":
        raise Malformed(inside(place, word), "asks about one step, so the scope of the rule must be step")
    if word in PAIRED:
        return PAIRED[word](as_keys(found, place, needed=(word, PARTNERS[word])), place, context)
    value = as_keys(found, place, needed=(word,))[word]
    return SINGLE[word](value, inside(place, word), context)


def _parts(data: object, place: str, context: Context) -> list[c.Condition]:
    below = context.deeper(place)
    return [read_condition(item, where, below) for item, where in as_items(data, place)]


def _all(data: object, place: str, context: Context) -> c.Condition:
    return c.all_of(_parts(data, place, context))


def _any(data: object, place: str, context: Context) -> c.Condition:
    return c.any_of(_parts(data, place, context))


def _not(data: object, place: str, context: Context) -> c.Condition:
    return c.not_(read_condition(data, place, context.deeper(place)))


def _plan_nonempty(data: object, place: str, context: Context) -> c.Condition:
    if data is not True:
        raise Malformed(place, f"must be true, not {shown(data)}")
    return c.plan_nonempty()


def _missing_any(data: object, place: str, context: Context) -> c.Condition:
    factors = as_codes(data, place, FACTORS, "factor")
    context.factors.extend(factors)
    return c.missing_any(factors)


def _plan_has(data: object, place: str, context: Context) -> c.Condition:
    return c.plan_has(read_pattern(data, place))


def _plan_lacks(data: object, place: str, context: Context) -> c.Condition:
    return c.not_(c.plan_has(read_pattern(data, place)))


def _earlier(data: object, place: str, context: Context) -> c.Condition:
    found = as_keys(data, place, needed=("a", "b", "or_equal"))
    return c.earlier(
        read_pattern(found["a"], inside(place, "a")),
        read_pattern(found["b"], inside(place, "b")),
        or_equal=as_truth(found["or_equal"], inside(place, "or_equal")),
    )


def _first_in(data: object, place: str, context: Context) -> c.Condition:
    found = as_keys(data, place, needed=("of", "includes"))
    return c.first_in(
        read_pattern(found["of"], inside(place, "of")), read_pattern(found["includes"], inside(place, "includes"))
    )


def _step(data: object, place: str, context: Context) -> c.Condition:
    return c.step_fits(read_pattern(data, place))


def _step_num(data: object, place: str, context: Context) -> c.Condition:
    found = as_keys(data, place, needed=("field",), allowed=tuple(c.COMPARISONS))
    _target_mm(found["field"], inside(place, "field"))
    asked = [key for key in found if key != "field"]
    if len(asked) != 1:
        raise Malformed(place, f"needs one comparison; {one_of(c.COMPARISONS)}")
    where = inside(place, asked[0])
    return c.target_mm_compares(asked[0], as_whole(found[asked[0]], where, *MM, "millimetres"))


def _step_missing(data: object, place: str, context: Context) -> c.Condition:
    _target_mm(data, place)
    return c.target_mm_missing()


def _target_mm(data: object, place: str) -> None:
    as_code(data, place, ("target_mm",), "field")


def _operability(data: object, place: str, context: Context) -> c.Condition:
    return c.target_operability(as_code(data, place, OPERABILITY, "value"))


def _flag(data: object, place: str, context: Context) -> c.Condition:
    return c.flag_open(as_code(data, place, CONTENT_FLAGS, "content flag"))


def _fact(data: object, place: str, context: Context) -> c.Condition:
    found = as_object(data, place)
    name = as_code(found["fact"], inside(place, "fact"), proforma.CODED, "coded fact")
    values = as_codes(found["in"], inside(place, "in"), (*proforma.CODED[name], NOT_RECORDED), f"value of {name}")
    return c.fact_in(name, frozenset(values))


def _derived(data: object, place: str, context: Context) -> c.Condition:
    found = as_object(data, place)
    name = as_code(found["derived"], inside(place, "derived"), DERIVED, "derived fact")
    value, allowed = found["is"], DERIVED[name]
    # By type too: 1 equals true in Python, but not in a rule.
    if not isinstance(value, bool | str) or not any(value == each and type(value) is type(each) for each in allowed):
        codes = [shown(each) for each in allowed]
        raise Malformed(inside(place, "is"), f"unknown value {shown(value)}; {one_of(codes)}")
    return c.derived_is(name, value)


PATTERN_CODES: dict[str, tuple[tuple[str, ...], str]] = {
    "modality": (MODALITIES, "modality"),
    "modality_not": (MODALITIES, "modality"),
    "goal_any": (GOALS, "goal"),
    "goal_none": (GOALS, "goal"),
    "target": (TARGETS, "target"),
}


def read_pattern(data: object, place: str) -> c.Pattern:
    found = as_keys(data, place, needed=(), allowed=tuple(PATTERN_CODES))
    if not found:
        raise Malformed(place, f"must not be empty; {one_of(PATTERN_CODES)}")
    return c.Pattern(**{
        key: frozenset(as_codes(value, inside(place, key), *_pattern_codes(key, value))) for key, value in found.items()
    })  # fmt: skip


def _pattern_codes(key: str, value: object) -> tuple[tuple[str, ...], str]:
    """Beside the modalities, the pages that the centre added: only the rows can tell which there are."""
    codes, noun = PATTERN_CODES[key]
    listed = value if noun == "modality" and isinstance(value, list | tuple) else ()
    return (*codes, *(one for one in listed if isinstance(one, str) and ADDED_PAGE.fullmatch(one))), noun


SINGLE: dict[str, Reader] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "plan_nonempty": _plan_nonempty,
    "missing_any": _missing_any,
    "content_flag_open": _flag,
    "plan_has": _plan_has,
    "plan_lacks": _plan_lacks,
    "earlier": _earlier,
    "first_in": _first_in,
    "step": _step,
    "step_num": _step_num,
    "step_missing": _step_missing,
    "target_operability": _operability,
}
PAIRED: dict[str, Reader] = {"fact": _fact, "derived": _derived}
PARTNERS = {"fact": "in", "derived": "is"}
STEP_WORDS = frozenset({"step", "step_num", "step_missing", "target_operability"})
WORDS = (*SINGLE, *PAIRED)
