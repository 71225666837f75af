"""Which versions of the templates plans started from, and where those plans departed from them. Read-only, in a fixed number
of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from careplans.models import Plan, PlanTemplateVersion, Step, TemplatedStep
from careplans.models.step_values import MODALITY_NAMES
from careplans.plan_templates.content import TemplateContent, TemplateStep, read_content
from careplans.plan_templates.plain import ShownStep, every_step, shown_steps

# Of one version the newest plans are looked at one by one.
MOST_PLANS = 500
COURSE = ("course", "occurrences_planned", "interval", "interval_unit")


@dataclass(frozen=True)
class VersionUse:
    row: PlanTemplateVersion
    states: list[tuple[str, str, int]]
    """Code, label and number of the plans in each state."""

    @property
    def plans(self) -> int:
        return sum(number for _, _, number in self.states)


def versions_in_use() -> list[VersionUse]:
    """Of every version that was in force, used or not. Two queries."""
    rows = PlanTemplateVersion.objects.ever_published().select_related("template").defer("content")
    counts: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    found = Plan.objects.filter(template_version__isnull=False).order_by().values("template_version", "status")
    for one in found.annotate(number=Count("pk")):
        state = Plan.Status(one["status"])
        counts[one["template_version"]].append((state.value, str(state.label), one["number"]))
    order = list(Plan.Status.values)
    uses = [VersionUse(row, sorted(counts[row.pk], key=lambda one: order.index(one[0]))) for row in rows]
    return sorted(uses, key=lambda use: (use.row.title, -use.row.number))


@dataclass
class StepDepartures:
    """What became of one step of the template, by the keys of the plans."""

    shown: ShownStep
    left_out: list[int] = field(default_factory=list)
    modality: list[int] = field(default_factory=list)
    course: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> list[tuple[str, list[int]]]:
        return [("left out", self.left_out), ("another modality", self.modality), ("another course", self.course)]


@dataclass(frozen=True)
class Departures:
    looked_at: int
    """Plans, without drafts and what was entered in error."""
    is_cut: bool
    steps: list[StepDepartures]
    order: list[int]
    added: list[int]
    added_modalities: list[tuple[str, int]]
    """What was added, as its modality, and how often."""


def departures_of(version: PlanTemplateVersion) -> Departures:
    """Of the newest plans that were ever sent to sign-off from it. Three queries."""
    content = read_content(version.content)
    unfit = (Plan.Status.DRAFT, Plan.Status.ENTERED_IN_ERROR)
    rows = Plan.objects.filter(template_version=version).exclude(status__in=unfit).order_by("-pk")
    plans = list(rows.values_list("pk", flat=True)[: MOST_PLANS + 1])
    is_cut, plans = len(plans) > MOST_PLANS, plans[:MOST_PLANS]
    origins = dict(TemplatedStep.objects.filter(step__plan__in=plans).values_list("step", "key"))
    names = ("pk", "plan", "position", "modality_code", "reference_page_title", "removed_at", *COURSE)
    steps: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for step in Step.objects.filter(plan__in=plans).order_by("position", "pk").values(*names):
        steps[step["plan"]].append(step)
    found = {one.own.key: StepDepartures(one) for one in every_step(shown_steps(content))}
    order, added, names_added = [], [], list[str]()
    for pk in plans:
        order += [pk] if _departs(pk, content, steps[pk], origins, found) else []
        extra = [step for step in steps[pk] if step["pk"] not in origins and step["removed_at"] is None]
        added += [pk] if extra else []
        names_added += [step["reference_page_title"] or MODALITY_NAMES[step["modality_code"]] for step in extra]
    return Departures(len(plans), is_cut, list(found.values()), order, added, Counter(names_added).most_common())


def _departs(
    pk: int, content: TemplateContent, steps: Iterable[dict[str, Any]], origins: Mapping[int, str],
    found: Mapping[str, StepDepartures],
) -> bool:  # fmt: skip
    """Write down where each step of the template differs; answer whether their order does."""
    kept = {origins[step["pk"]]: step for step in steps if step["pk"] in origins and step["removed_at"] is None}
    for own in content.ordered:
        step = kept.get(own.key)
        if step is None:
            found[own.key].left_out.append(pk)
            continue
        if not _same_modality(own, step):
            found[own.key].modality.append(pk)
        if any(step[name] != getattr(own, name) for name in COURSE):
            found[own.key].course.append(pk)
    places = [(own.place, kept[own.key]["position"]) for own in content.ordered if own.key in kept]
    return any(
        (one[0] < other[0]) != (one[1] < other[1]) or (one[0] == other[0]) != (one[1] == other[1])
        for at, one in enumerate(places)
        for other in places[at + 1 :]
    )


def _same_modality(own: TemplateStep, step: Mapping[str, Any]) -> bool:
    """An added page is compared by whether there is one: its title may have changed with its revisions."""
    if own.is_decision:
        return True
    if own.page:
        return bool(step["reference_page_title"])
    return bool(step["modality_code"] == own.modality and not step["reference_page_title"])
