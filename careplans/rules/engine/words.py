"""A rule's condition in plain English, as nested parts: what an editor reads beside the condition itself.

Only conditions that `grammar` has accepted come here. The words say exactly what is asked, so an editor who cannot read
the condition can still notice that it is wrong.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from careplans.rules.engine.grammar import WORDS
from careplans.rules.engine.shapes import as_items, as_object
from careplans.rules.engine.vocabulary import NOT_RECORDED, PAGE, PRRT_AVAILABILITY


@dataclass(frozen=True)
class Words:
    """One line and what stands under it; a line with parts ends with a colon."""

    text: str
    parts: tuple["Words", ...] = ()


NAMES = {
    "SURG": "surgery", "CHEMO": "chemotherapy", "OSA": "another systemic agent", "RFA": "radiofrequency ablation",
    "MIBG": "131I-MIBG", "PRRT": "PRRT", "TAE": "arterial embolization (TAE)", "TACE": "chemoembolization (TACE)",
    "SIRT": "SIRT", "TRIAL": "a clinical trial", "OTHER": "something else (kind “other”)",
    "size": "size of the primary or of a liver lesion", "primary_site": "site of the primary",
    "jejunum_ileum": "jejunum or ileum", "sstr_expression": "somatostatin-receptor expression",
    "surgery_option": "option of surgery", "liver_surgery_option": "option of liver surgery",
    "hormone_symptoms_controlled": "control of hormone symptoms",
    "other_options_exhausted": "exhaustion of other options", "liver_metastases": "presence of liver metastases",
    "trial_consideration": "consideration of a clinical trial", "fit_for_surgery": "fitness for surgery",
    "fdg_result": "FDG result", "nec_cell_type": "NEC cell type",
    "under_10": "under 10 %", "10_25": "10 to 25 %", "25_50": "25 to 50 %", "50_75": "50 to 75 %", "over_75": "over 75 %",
    "men1": "MEN1", "men2": "MEN2", "vhl": "VHL", "nf1": "NF1", "tsc": "TSC", "sdhx": "SDHx",
    "systemic": "the whole body",
}  # fmt: skip
DERIVED_TEXTS: dict[tuple[str, bool | str], str] = {
    ("advanced", True): "the disease is advanced",
    ("advanced", False): "the disease is not advanced",
    ("bulk_threat", "yes"): "the bulk of the tumour is an immediate threat",
    ("bulk_threat", "no"): "the bulk of the tumour is no immediate threat",
    ("bulk_threat", "unknown"): "it cannot be told whether the bulk of the tumour is an immediate threat",
    ("uncontrolled", True): "the tumour is functional and its hormone symptoms are not recorded as controlled",
    ("uncontrolled", False): "the tumour is not functional, or its hormone symptoms are recorded as controlled",
    ("gi_primary", True): "the primary is in the gastrointestinal tract (the pancreas does not count)",
    ("gi_primary", False): "the primary is not recorded as in the gastrointestinal tract (the pancreas does not count)",
    ("chemo_ground", True): "a ground for chemotherapy is recorded",
    ("chemo_ground", False): "no ground for chemotherapy is recorded",
}
FLAG_TEXTS = {PRRT_AVAILABILITY: "the note on the availability of PRRT on the reference pages is open"}
OPERABILITY_TEXTS = {
    "yes": "surgery at the target of the step is recorded as possible",
    "no": "surgery at the target of the step is recorded as not possible",
    "not_applicable": "surgery at the target of the step is recorded as not applicable",
    NOT_RECORDED: "it is not recorded whether surgery at the target of the step is possible",
}
COMPARISON_TEXTS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def words_of(when: Mapping[str, object]) -> Words:
    """The condition in words. Conditions with several parts have them nested, as they stand in the condition."""
    word = next(key for key in when if key in WORDS)
    return PHRASES[word](when[word], when)


def name(code: str) -> str:
    if code.startswith(PAGE):
        return f"what the page “{code.removeprefix(PAGE)}” is about"
    return NAMES.get(code, code.replace("_", " "))


def _codes(data: object) -> list[str]:
    return [str(code) for code, _ in as_items(data, "")]


def either(codes: Collection[str], link: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    *others, last = [name(code) for code in codes]
    return f"{', '.join(others)} {link} {last}" if others else last


def _many(data: object, text: str) -> Words:
    parts = tuple(words_of(as_object(item, "")) for item, _ in as_items(data, ""))
    return parts[0] if len(parts) == 1 else Words(text, parts)


def _not(data: object) -> Words:
    part = words_of(as_object(data, ""))
    return Words("it is not so that this holds:", (part,)) if part.parts else Words(f"it is not so that {part.text}")


def _fact(data: object, when: Mapping[str, object]) -> Words:
    values = _codes(when["in"])
    recorded = [value for value in values if value != NOT_RECORDED]
    said = [f"is recorded as {either(recorded)}"] if recorded else []
    said += ["is not recorded"] if NOT_RECORDED in values else []
    return Words(f"the {name(str(data))} {', or '.join(said)}")


def _derived(data: object, when: Mapping[str, object]) -> Words:
    value = when["is"]
    return Words(DERIVED_TEXTS[str(data), value if isinstance(value, bool) else str(value)])


def _earlier(data: object) -> Words:
    found = as_object(data, "")
    place = "comes before, or runs in parallel with," if found["or_equal"] else "comes before"
    return Words(f"a step that {pattern(found['a'])} {place} the first step that {pattern(found['b'])}")


def _first_in(data: object) -> Words:
    found = as_object(data, "")
    first = f"among the first steps (several if they run in parallel) that {either_pattern(found['of'])}"
    return Words(f"{first}, there is one that {pattern(found['includes'])}")


def either_pattern(data: object) -> str:
    """A pattern said of several steps."""
    return pattern(data, PLURAL_PHRASES)


def _step_num(data: object) -> Words:
    found = as_object(data, "")
    comparison = next(key for key in found if key in COMPARISON_TEXTS)
    return Words(f"the diameter of the step's target is {COMPARISON_TEXTS[comparison]} {found[comparison]} mm")


def pattern(data: object, phrases: Mapping[str, tuple[str, str, str]] | None = None) -> str:
    """What a step must be to fit: `is surgery and has the goal cure`."""
    said = []
    for key, codes in as_object(data, "").items():
        one, several, link = (phrases or PATTERN_PHRASES)[key]
        found = _codes(codes)
        said.append((one if len(found) == 1 else several).format(either(found, link)))
    return " and ".join(said)


# Of each key of a pattern: said of one code, said of several, and what joins these.
PATTERN_PHRASES = {
    "modality": ("is {}", "is {}", "or"),
    "modality_not": ("is anything but {}", "is anything but {}", "or"),
    "goal_any": ("has the goal {}", "has one of the goals {}", "or"),
    "goal_none": ("does not have the goal {}", "has none of the goals {}", "and"),
    "target": ("has the target {}", "has one of the targets {}", "or"),
}
PLURAL_PHRASES = {
    "modality": ("are {}", "are {}", "or"),
    "modality_not": ("are anything but {}", "are anything but {}", "or"),
    "goal_any": ("have the goal {}", "have one of the goals {}", "or"),
    "goal_none": ("do not have the goal {}", "have none of the goals {}", "and"),
    "target": ("have the target {}", "have one of the targets {}", "or"),
}
PHRASES: dict[str, Callable[[object, Mapping[str, object]], Words]] = {
    "all": lambda data, when: _many(data, "all of these hold:"),
    "any": lambda data, when: _many(data, "at least one of these holds:"),
    "not": lambda data, when: _not(data),
    "plan_nonempty": lambda data, when: Words("the plan has a step"),
    "missing_any": lambda data, when: Words(f"one or more of these is not recorded: {either(_codes(data))}"),
    "content_flag_open": lambda data, when: Words(FLAG_TEXTS[str(data)]),
    "plan_has": lambda data, when: Words(f"the plan has a step that {pattern(data)}"),
    "plan_lacks": lambda data, when: Words(f"the plan has no step that {pattern(data)}"),
    "earlier": lambda data, when: _earlier(data),
    "first_in": lambda data, when: _first_in(data),
    "step": lambda data, when: Words(f"the step {pattern(data)}"),
    "step_num": lambda data, when: _step_num(data),
    "step_missing": lambda data, when: Words("the diameter of the step's target is not recorded"),
    "target_operability": lambda data, when: Words(OPERABILITY_TEXTS[str(data)]),
    "fact": _fact,
    "derived": _derived,
}
