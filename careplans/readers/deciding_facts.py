"""What a plan was signed on beside what is known now, for the facts that decide.

A plan rests on its facts from the moment it is sent to sign-off until it ends: those that rules can read, those that its board
marks, and those that a condition of its own steps names.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from careplans.models import DecidingFacts, Plan, Proforma
from careplans.models.proforma import DECIDING, FIELDS, FIGURES, READ_BY_RULES
from careplans.readers.conditions import facts_named
from careplans.readers.proforma import found_of, label_of, value_in_words

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


def deciding_names(board: int) -> frozenset[str]:
    """The fields of the proforma that decide on this board. One query."""
    marked = DecidingFacts.objects.filter(board=board).values_list("names", flat=True).first()
    return READ_BY_RULES | (USUAL if marked is None else frozenset(marked))


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
    return value.isoformat() if isinstance(value, date) else value


def differences(plan: Plan, facts: Proforma, names: Collection[str]) -> list[FactDifference]:
    """Where the facts now are not those on which the plan was sent to sign-off, in the order of the proforma. No query where the
    plan comes with its steps."""
    if plan.status not in RESTING or plan.facts_snapshot is None:
        return []
    then, names = plan.facts_snapshot, names_for(plan, names)
    is_another = then.get(DECIDER) != facts.deciding_specimen_id
    if is_another:
        # Told even where the two say the same.
        names |= {"specimen"}
    found = []
    for name in (one for one in FIELDS if one in names):
        signed, now = then.get(name), plain(getattr(facts, name))
        if not _is_same(name, signed, now):
            sources = found_of(name, then.get), found_of(name, lambda one: getattr(facts, one))
            found.append(FactDifference(name, label_of(name), signed, now, *sources))
        elif name == "specimen" and is_another:
            found.append(FactDifference(name, label_of(name), signed, now, now_from=ANOTHER))
    return found


def changes_under(plan: Plan) -> list[FactDifference]:
    """The same for one plan whose case and proforma are loaded. One query."""
    return differences(plan, plan.case.proforma, deciding_names(plan.board_id)) if plan.status in RESTING else []


def _is_same(name: str, signed: Any, now: Any) -> bool:
    """6 and 6.00 are one figure, 3-5 and 3–5 too, and a list of sites is one set."""
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
