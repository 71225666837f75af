"""What a firing lists beside its advice: the factors that are missing, or the grounds that are recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from careplans.rules.engine.facts import SIZE, CaseFacts

GROUND_TEXTS = {
    "other_options_exhausted": "other treatment options are recorded as exhausted",
    "pancreatic_and_advanced": "the primary is in the pancreas and the disease is advanced",
    "inoperable": "surgery is recorded as not possible",
    "poorly_differentiated": "the tumour is recorded as poorly differentiated",
}


@dataclass(frozen=True)
class Detail:
    """`code` for programs (a factor's code is the name of its fact, or `size`), `text` for people."""

    code: str
    text: str


DetailWriter = Callable[[CaseFacts], tuple[Detail, ...]]


def missing_factors(factors: Sequence[str]) -> DetailWriter:
    """The factors named by the rule's own `missing_any` that are not recorded, in its order."""
    texts = {factor: factor.replace("_", " ") for factor in factors}
    texts[SIZE] = "size of the primary or of a liver lesion"
    return lambda facts: tuple(Detail(factor, texts[factor]) for factor in factors if facts.lacks(factor))


def chemo_grounds(factors: Sequence[str]) -> DetailWriter:
    return lambda facts: tuple(Detail(ground, GROUND_TEXTS[ground]) for ground in facts.chemo_grounds)


def chemo_weight(factors: Sequence[str]) -> DetailWriter:
    """What adds weight to chemotherapy and gates nothing: metastases and angioinvasion."""

    def write(facts: CaseFacts) -> tuple[Detail, ...]:
        weight = {
            Detail("metastases", "metastases are recorded"): facts.code("extent") == "metastatic",
            Detail("angioinvasion", "angioinvasion is recorded"): facts.code("angioinvasion") == "present",
        }
        return tuple(detail for detail, holds in weight.items() if holds)

    return write


# A rule names in `details` what it lists; each maker gets the factors that the rule asks for.
DETAILS: dict[str, Callable[[Sequence[str]], DetailWriter]] = {
    "missing_factors": missing_factors,
    "chemo_grounds": chemo_grounds,
    "chemo_weight": chemo_weight,
}
