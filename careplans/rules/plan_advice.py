"""The sequencing advisories of a plan, beside the step they concern. Reads only; `rules.advisories` keeps them.

The rules look at the facts as they stand for a draft, and as they stood when the plan was submitted afterwards. What a
page shows is asked of the rules when it is drawn, so that it is true whatever else has changed; the kept rows add the
answers. A plan that has ended shows what was kept when it ended. A step is judged once it has modality and goal.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import product

from django.db.models import CharField, DateField, F
from django.db.models.functions import Cast

from careplans.models import Advisory, Plan, Proforma, RuleSetVersion, Step
from careplans.readers.steps.given import given_in
from careplans.rules import engine
from careplans.rules.arms import PlanFiring, judge_by_arms
from careplans.rules.behind import behind
from careplans.rules.empty_plan import firings_of_nothing
from careplans.rules.engine import OF_CASE, CaseFacts, Detail, RuleSet
from careplans.rules.engine.proforma import CODED, MM_FACTS
from careplans.rules.engine.vocabulary import PAGE, PRRT_AVAILABILITY
from careplans.rules.in_force import SEED, published_set
from careplans.rules.notes import Note, notes_for
from careplans.rules.todays_facts import NO_MORE, SINCE, TOO, by_key, words_of_today
from modalities.models import StatementFlag

# Statements on the availability of PRRT (domain note I12).
AVAILABILITY_STATEMENTS = ("S26", "S27")
LATER_LINE = re.compile(r"\b(second|third|fourth|2nd|3rd|4th|later|further)[ -]lines?\b", re.IGNORECASE)
# Everything that a rule can read: a rule of the centre's own may ask for more than those of the seed.
READABLE = (*CODED, *MM_FACTS)


@dataclass(frozen=True)
class Item:
    """One advisory as a page shows it: what fires, and the kept row with its answer, if there is one."""

    firing: PlanFiring
    kept: Advisory | None = None
    # Dated notes of the reference pages that speak to it.
    notes: tuple[Note, ...] = ()
    # What of it lies behind: the step has ended, or what the plan is said to miss has been given.
    behind: str = ""
    # Which facts it judges, where those that the plan was signed on are no longer those of today.
    facts: str = ""

    @property
    def fires_today(self) -> bool:
        return self.facts != NO_MORE

    @property
    def is_unanswered_warning(self) -> bool:
        return self.firing.severity == "warning" and not (self.kept and self.kept.is_answered)

    @property
    def anchor(self) -> str:
        """Where its answer is given, on the page of the plan's advisories."""
        return f"{self.firing.rule}-{self.firing.step or 'plan'}"


@dataclass(frozen=True)
class Advice:
    """The advisories of one plan: those about the whole plan, and those about each step by its id."""

    whole: list[Item] = field(default_factory=list)
    by_step: Mapping[int, list[Item]] = field(default_factory=dict)
    rule_set: str = ""
    # What fires on the facts of today and did not on those that the plan was signed on.
    since_facts_changed: list[Item] = field(default_factory=list)

    @property
    def all(self) -> list[Item]:
        return [*self.whole, *(item for items in self.by_step.values() for item in items)]

    @property
    def changed(self) -> list[Item]:
        """What fired on the signed facts and on those of today fires no more, or on other grounds."""
        return [item for item in self.all if item.facts not in ("", TOO)]

    @property
    def unanswered(self) -> list[Item]:
        """Warnings that nobody has answered: listed at sign-off and in print, and never in the way."""
        return [item for item in self.all if item.is_unanswered_warning]


@dataclass(frozen=True)
class Rules:
    """A rule set with the content flags that are open: all that is asked about a plan besides its rows."""

    rule_set: RuleSet
    flags: frozenset[str]

    @classmethod
    def in_force(cls) -> "Rules":
        """One query for both, because every page of a plan asks for both; one more when a process first meets a set."""
        columns = ("key", "value", "day", "row")
        notes = StatementFlag.objects.filter(
            statement__number__in=AVAILABILITY_STATEMENTS, about=StatementFlag.About.STATEMENT
        ).annotate(key=F("statement__number"), value=F("state"), day=F("noted_on"), row=F("pk"))
        published = RuleSetVersion.objects.in_force().annotate(
            key=Cast("number", CharField()), value=F("content_hash"), day=Cast("published_at", DateField()), row=F("pk")
        )
        rows = notes.order_by().values_list(*columns).union(published.order_by().values_list(*columns))
        rules, newest = SEED, {}
        for key, value, _, pk in sorted(rows, key=_by_day):
            if key in AVAILABILITY_STATEMENTS:
                newest[key] = value
            else:
                rules = published_set(pk, int(key), value)
        # The PRRT availability flag is open until the newest note on each of its statements says `current`.
        closed = len(newest) == len(AVAILABILITY_STATEMENTS) and set(newest.values()) == {StatementFlag.State.CURRENT}
        return cls(rules, frozenset() if closed else frozenset({PRRT_AVAILABILITY}))

    def firings(self, plan: Plan) -> list[PlanFiring]:
        """What fires on a plan from `Plan.objects.for_rules()`, or one loaded with more. No query."""
        return self._on(plan, read_case(plan, plan.case.proforma))

    def firings_of_today(self, plan: Plan) -> list[PlanFiring]:
        """The same, on the facts as they are now and not as they were when the plan was sent to sign-off. No query."""
        return self._on(plan, read_facts(plan.case.proforma))

    def _on(self, plan: Plan, facts: CaseFacts) -> list[PlanFiring]:
        steps = list(plan.steps.all())
        # A draft that has no step yet is still being written.
        may_be_empty = plan.no_treatment or plan.status != Plan.Status.DRAFT
        is_empty = may_be_empty and not any(step.takes_part for step in judged(steps))

        def judge(way: Sequence[Step]) -> list[engine.Firing]:
            if is_empty:
                return firings_of_nothing(self.rule_set, facts, self.flags, no_treatment=plan.no_treatment)
            found = engine.evaluate(self.rule_set, facts, judged(way), flags=self.flags)
            return self._whatever_is_open(found, way, facts)

        order = {rule.id: place for place, rule in enumerate(self.rule_set.rules)}
        return sorted(judge_by_arms(steps, judge), key=lambda firing: order[firing.rule])

    def _whatever_is_open(
        self, firings: list[engine.Firing], way: Sequence[Step], facts: CaseFacts
    ) -> list[engine.Firing]:
        """Without what fires on the plan only until a step that is being filled in has its goal. No query."""
        for step, goal in product((step for step in way if not step.goals), Step.Goal.values):
            with_it = [*judged(way), replace(read_step(step), goals=frozenset({goal}))]
            still = {one.rule for one in engine.evaluate(self.rule_set, facts, with_it, flags=self.flags)}
            firings = [one for one in firings if one.step is not None or one.rule in still]
        return firings


@dataclass(frozen=True)
class Judged:
    """What a plan was judged by, and its kept rows, where both were read already."""

    rules: Rules
    kept: dict[tuple[str, int | None], Advisory] = field(default_factory=dict)


def _by_day(row: tuple[str, str, date, int]) -> tuple[date, int]:
    return row[2], row[3]


def rule_set() -> RuleSet:
    """The rules in force: those that the centre published, or those of the program."""
    return Rules.in_force().rule_set


def open_flags() -> frozenset[str]:
    return Rules.in_force().flags


def advice_for(plan: Plan, known: Judged | None = None) -> Advice:
    """A plan with its steps and its case's facts loaded. Two queries: kept rows, and the rules in force with their flags; none
    where both are `known` from a save. One more each where a dated note speaks, and where what the case has had decides."""
    rows = [] if known else Advisory.objects.filter(plan=plan).standing().for_plan()
    kept = known.kept if known else {row.key: row for row in rows}
    if plan.status not in Plan.OPEN:
        items = [Item(_as_it_was(row), row) for row in kept.values()]
        return _advice(items, items[0].firing.rule_set if items else "")
    rules = known.rules if known else Rules.in_force()
    then, now = read_case(plan, plan.case.proforma), read_facts(plan.case.proforma)
    firings = rules.firings(plan)
    today = firings if then == now else rules.firings_of_today(plan)
    signed, fires = by_key(firings), by_key(today)
    newly = [fires[key] for key in fires if key not in signed]
    steps, rows = judged(plan.steps.all()), list(plan.steps.all())
    given = cache(lambda: given_in(plan.case_id))
    # A dated note speaks to the case as it is, unless its advisory fires on the signed facts alone.
    asked = [(f, now if (f.rule, f.step) in fires else then, steps) for f in [*firings, *newly]]
    notes = notes_for(asked, given, [str(step.pk) for step in rows if LATER_LINE.search(step.description)])
    past = behind([f for f, _, _ in asked], rules.rule_set, rows, given, plan.case.proforma.primary_site)
    facts = ["" if then == now else words_of_today(f, fires.get(key)) for key, f in signed.items()]
    items = [
        Item(firing, kept.get((firing.rule, None if firing.step is None else int(firing.step))), note, words, told)
        for (firing, _, _), note, words, told in zip(asked, notes, past, [*facts, *[SINCE] * len(newly)], strict=True)
    ]
    return _advice(
        items[: len(firings)], rules.rule_set.version, [replace(one, kept=None) for one in items[len(firings) :]]
    )


def advice_since(plan: Plan, changed: Sequence[object]) -> Advice:
    """For the page of one step: what fires otherwise since facts `changed`. No query where none has, else as `advice_for`."""
    return advice_for(Plan.objects.for_rules().get(pk=plan.pk)) if changed else Advice()


def as_kept(row: Advisory) -> Item:
    """As its row tells it, for a page on which nothing is asked of the rules."""
    return Item(_as_it_was(row), row)


def _advice(items: Sequence[Item], rule_set: str, since: Sequence[Item] = ()) -> Advice:
    by_step: dict[int, list[Item]] = {}
    for item in items:
        if item.firing.step is not None:
            by_step.setdefault(int(item.firing.step), []).append(item)
    return Advice([item for item in items if item.firing.step is None], by_step, rule_set, list(since))


def _as_it_was(row: Advisory) -> PlanFiring:
    return PlanFiring(
        rule=row.rule, step=str(row.step_id) if row.step_id else None, severity=row.severity, basis=row.basis,
        advice=row.advice, statements=tuple(row.statements), details=tuple(Detail("", text) for text in row.details),
        rule_set=row.rule_set, in_arms=row.in_arms,
    )  # fmt: skip


def facts_as_they_stand(plan: Plan) -> dict[str, str | int]:
    """What the rules see of a case, by name; what is not recorded is left out."""
    facts = read_case(plan, plan.case.proforma)
    return {**facts.codes, **facts.sizes}


def read_case(plan: Plan, facts: Proforma) -> CaseFacts:
    """What the rules see: the facts now, or the snapshot on which a submitted plan was signed."""
    if plan.facts_snapshot and plan.status != Plan.Status.DRAFT:
        values = {name: plan.facts_snapshot.get(name) for name in READABLE}
    else:
        return read_facts(facts)
    return engine.read_facts(values)


def read_facts(facts: Proforma) -> CaseFacts:
    """What the rules see of the facts as they are now."""
    return engine.read_facts({name: getattr(facts, name) for name in READABLE})


def judged(steps: Iterable[Step]) -> list[engine.Step]:
    """What is judged. A step that is being filled in has no goal yet: it would fire, or silence, what the next click undoes.
    None gets to sign-off so."""
    return [read_step(step) for step in steps if step.goals]


def read_step(step: Step) -> engine.Step:
    """A step without a figure of its own takes the case's, unless it says that its own is not recorded (domain note B.3).

    The rules know no arms: what is set aside is for them as if it were cancelled.
    """
    status = "cancelled" if step.status == Step.Status.SET_ASIDE else step.status_ahead
    size = None if step.target_mm_unknown else (OF_CASE if step.target_mm is None else step.target_mm)
    return engine.Step(
        id=str(step.pk), order=step.position, modality=step.modality_code, goals=frozenset(step.goals),
        target=step.target or None, target_mm=size, status=status,
        page=step.modality.removeprefix(PAGE) if step.reference_page_title else "",
    )  # fmt: skip
