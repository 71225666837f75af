"""What a plan was signed on beside what is known now, for the facts that decide.

A plan rests on its facts from the moment it is sent to sign-off until it ends: those that rules can read, those that its board
marks, and those that a condition of its own steps names.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from careplans.models import DecidingFacts, FactsAnswer, Plan, Proforma
from careplans.models.proforma import DECIDING, FIELDS, FIGURES, READ_BY_RULES
from careplans.readers.facts.conditions import facts_named
from careplans.readers.facts.proforma import found_of, label_of, value_in_words

# What a board watches besides until it says otherwise: numbers that the codes above come from, and what limits treatments.
USUAL = frozenset(
    {*DECIDING, "ki67_percent", "mitoses_per_2mm2", "krenning_score", "egfr_ml_min", "other_metastatic_sites", "n_category",
     "m_category", "liver_lesion_count", "platelets_10e9_l", "neutrophils_10e9_l", "bilirubin_umol_l", "lvef_percent",
     "nt_probnp_ng_l"}
)  # fmt: skip
# In the snapshot beside the facts: the id of the specimen that decided.
DECIDER = "deciding_specimen"
# Two that are called the same are two.
ANOTHER = "another specimen of this description decides, or none does any more"
RESTING = (Plan.Status.IN_SIGNOFF, *Plan.IN_FORCE)


@dataclass(frozen=True)
class FactDifference:
    """One deciding fact: as plain values, and in words. An empty text means that it was or is not recorded."""

    name: str
    label: str
    signed: Any
    now: Any
    # When and in which specimen or scan it was found, as far as the proforma asks for it.
    signed_from: str = ""
    now_from: str = ""

    @property
    def signed_words(self) -> str:
        return value_in_words(self.name, self.signed) or "not recorded"

    @property
    def now_words(self) -> str:
        return value_in_words(self.name, self.now) or "not recorded"

    @property
    def sentence(self) -> str:
        """Without a full stop; several are joined by semicolons."""
        return f"{self.label}: signed on {_with(self.signed_words, self.signed_from)}, now {_with(self.now_words, self.now_from)}"


def _with(words: str, source: str) -> str:
    return f"{words} ({source})" if source else words


@dataclass(frozen=True)
class Answered:
    """Somebody acknowledged, or kept a plan on, changed facts: who, when and why, and each fact as it was and had become."""

    answer: FactsAnswer
    facts: list[FactDifference]


def deciding_names(board: int) -> frozenset[str]:
    """The fields of the proforma that decide on this board. One query."""
    return _with_those_of_rules(DecidingFacts.objects.filter(board=board).values_list("names", flat=True).first())


def _with_those_of_rules(marked: Collection[str] | None) -> frozenset[str]:
    return READ_BY_RULES | (USUAL if marked is None else frozenset(marked))


def names_on(plan: Plan) -> frozenset[str]:
    """The same for the board of a plan. No query where it comes `with_watched()`."""
    return _with_those_of_rules(plan.marked_facts) if hasattr(plan, "marked_facts") else deciding_names(plan.board_id)


def names_for(plan: Plan, watched: Collection[str]) -> frozenset[str]:
    """With what the conditions of the plan's own steps name (“only if platelets above 75”). No query where the plan comes
    with its steps, else one."""
    steps = [] if plan._state.adding else plan.steps.all()
    worded = [step.only_if for step in steps if step.only_if and step.removed_at is None]
    return frozenset(watched).union(*(facts_named(words) for words in worded))


def plain(value: Any) -> Any:
    """A fact as JSON can hold it, without losing a digit."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def differences(plan: Plan, facts: Proforma, names: Collection[str]) -> list[FactDifference]:
    """Where the facts now are not those on which the plan was sent to sign-off, in the order of the proforma. No query where the
    plan comes with its steps."""
    if plan.status not in RESTING or plan.facts_snapshot is None:
        return []
    return _between(plan.facts_snapshot.get, _reader(facts), names_for(plan, names))


def changes_under(plan: Plan) -> list[FactDifference]:
    """The same for one plan whose case and proforma are loaded. One query at most."""
    return differences(plan, plan.case.proforma, names_on(plan)) if plan.status in RESTING else []


def changes_between(older: Plan, newer: Plan) -> list[FactDifference]:
    """Deciding facts that are others under `newer` than those that `older` was signed on: what an amendment answers to. A draft
    rests on the facts as they are now. Both plans are of one case, whose proforma is loaded; one query at most."""
    if older.facts_snapshot is None or older.status == Plan.Status.DRAFT:
        return []
    signed = None if newer.status == Plan.Status.DRAFT else newer.facts_snapshot
    now = _reader(newer.case.proforma) if signed is None else signed.get
    return _between(older.facts_snapshot.get, now, names_for(newer, names_on(newer)))


def answered_under(plan: Plan) -> list[Answered]:
    """Who answered for changed facts, the newest first; nobody answers for a draft. One query where a plan comes without its
    answers."""
    if plan.status == Plan.Status.DRAFT:
        return []
    if "facts_answers" not in getattr(plan, "_prefetched_objects_cache", ()):
        prefetch_related_objects([plan], Prefetch("facts_answers", FactsAnswer.objects.for_page()))
    return [Answered(one, _told_in(one.differences)) for one in plan.facts_answers.all()]


def _told_in(kept: dict[str, Any]) -> list[FactDifference]:
    return [FactDifference(name, label_of(name), *kept[name]) for name in FIELDS if name in kept]


def _reader(facts: Proforma) -> Callable[[str], Any]:
    """A fact by its name, as the snapshot of a plan would hold it."""
    return lambda name: facts.deciding_specimen_id if name == DECIDER else plain(getattr(facts, name))


def _between(then: Callable[[str], Any], now: Callable[[str], Any], names: Collection[str]) -> list[FactDifference]:
    is_another = then(DECIDER) != now(DECIDER)
    # Another specimen that decides is told even where the two say the same.
    names = {*names, "specimen"} if is_another else names
    found = []
    for name in (one for one in FIELDS if one in names):
        if not _is_same(name, then(name), now(name)):
            sources = found_of(name, then), found_of(name, now)
            found.append(FactDifference(name, label_of(name), then(name), now(name), *sources))
        elif name == "specimen" and is_another:
            found.append(FactDifference(name, label_of(name), then(name), now(name), now_from=ANOTHER))
    return found


def _is_same(name: str, signed: Any, now: Any) -> bool:
    """6 and 6.00 are one figure, 3-5 and 3–5 too, and a list of sites is one set."""
    if signed == now:
        return True
    if name in FIGURES and signed is not None and now is not None:
        one, other = FIGURES[name].figure(signed), FIGURES[name].figure(now)
        return one is not None and other is not None and one.is_same(other)
    return bool(_comparable(signed) == _comparable(now))


def _comparable(value: Any) -> Any:
    """A list of sites is one set, and what a plan of before could not know was not recorded."""
    if value in ("", "not_recorded", []):
        return None
    if isinstance(value, list):
        return sorted(value)
    try:
        return Decimal(value) if isinstance(value, str) and value[:1].isdigit() else value
    except ArithmeticError:
        return value
