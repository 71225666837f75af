"""Which rules boards keep open most often, and from which reference pages they depart with that: for who works on either. Counts
only: neither a board, a case nor a note."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from careplans.models import Advisory, Plan, Step
from careplans.rules.engine import Rule
from careplans.rules.in_force import SEED
from careplans.rules.plan_advice import Rules
from modalities.markup import numbers_in
from modalities.models import Modality, Revision

# Every answer but "followed" keeps the advisory open with a reason.
KEPT = tuple(answer for answer in Advisory.Answer if answer != Advisory.Answer.FOLLOWED)
# What the work list of an editor looks back on, and how much of it stands there.
LOOKS_BACK = timedelta(days=365)
MOST = 5


@dataclass(frozen=True)
class KeptRule:
    rule: str
    advice: str
    kept: int


@dataclass(frozen=True)
class UsedPage:
    """`kept`: how often rules that rest on the page were kept open; `steps`: open steps that rest on it."""

    page: Modality
    kept: int
    steps: int


@dataclass(frozen=True)
class KeptOpen:
    rules: list[KeptRule]
    pages: list[UsedPage]


def all_rules() -> dict[str, Rule]:
    """Those in force, and those that the program began with."""
    return {rule.id: rule for rule in (*SEED.rules, *Rules.in_force().rule_set.rules)}


def pages_of(rules: Iterable[Rule]) -> dict[str, list[Modality]]:
    """The reference pages that a rule concerns: those whose text in force points to a statement of the rule. One query."""
    texts = [name for name, _ in Revision.SECTIONS]
    pages = [
        (page, set(numbers_in(*(getattr(page.current_revision, name) for name in texts))))
        for page in Modality.objects.filter(current_revision__isnull=False).select_related("current_revision")
    ]
    return {rule.id: [page for page, said in pages if not said.isdisjoint(rule.statements)] for rule in rules}


def kept_open() -> KeptOpen:
    """Over all boards, the most often first. Four queries."""
    since = timezone.now() - LOOKS_BACK
    answered = Advisory.objects.filter(fired_at__gte=since, answer__in=KEPT, carried_from=None).order_by()
    answered = answered.exclude(plan__status=Plan.Status.ENTERED_IN_ERROR)
    kept: dict[str, int] = dict(answered.values("rule").annotate(times=Count("pk")).values_list("rule", "times"))
    rules = all_rules()
    waiting = Step.objects.waiting().order_by().values("modality_revision__modality").annotate(times=Count("pk"))
    steps: dict[int, int] = dict(waiting.values_list("modality_revision__modality", "times"))
    first = sorted(kept.items(), key=lambda one: (-one[1], one[0]))[:MOST]
    told = [KeptRule(rule, rules[rule].advice if rule in rules else rule, times) for rule, times in first]
    return KeptOpen(told, _pages(rules, kept, steps))


def _pages(rules: dict[str, Rule], kept: dict[str, int], steps: dict[int, int]) -> list[UsedPage]:
    by_page: dict[int, UsedPage] = {}
    for rule, pages in pages_of(rules.values()).items():
        for page in pages:
            before = by_page.get(page.pk, UsedPage(page, 0, steps.get(page.pk, 0)))
            by_page[page.pk] = UsedPage(page, before.kept + kept.get(rule, 0), before.steps)
    found = [one for one in by_page.values() if one.kept or one.steps]
    return sorted(found, key=lambda one: (-one.kept, -one.steps, one.page.title))[:MOST]
