"""What a version of a template says: steps in their order, schedules, and for whom it is. Pure: JSON in, dataclasses out.

A step of a template has the fields of a step of a plan, with two differences: whoever sees to it is a discipline, and its days
are so many days or weeks after the release, or after another step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from accounts.models import Discipline
from careplans.models import Arm, Step
from careplans.models.courses import LONGEST_INTERVAL, MOST_OCCURRENCES
from careplans.models.monitoring import said_amiss
from careplans.models.step_places import places_of
from careplans.models.steps import PAGE

MOST_STEPS = 30
MOST_ARMS = 6
LONGEST_WAIT = 520
UNITS = ("days", "weeks", "months")
# The facts that a template may ask for, in the order of the form.
FITTING_FACTS = (
    "primary_site", "functional_status", "grade", "differentiation", "extent", "liver_metastases", "surgery_option",
    "liver_surgery_option", "sstr_expression", "recist_change",
)  # fmt: skip


@dataclass(frozen=True)
class TemplateArm:
    key: str
    name: str
    condition: str = ""
    no_step: str = ""

    @property
    def words(self) -> str:
        """As of an arm of a plan: name and condition."""
        return Arm(name=self.name, condition=self.condition).words


@dataclass(frozen=True)
class TemplateMonitoring:
    """What hangs on each cycle of a step, or on its whole course: the fields of `Monitoring`."""

    kind: str
    when: str
    title: str = ""
    days_after: int | None = None
    interval: int | None = None
    interval_unit: str = ""


@dataclass(frozen=True)
class TemplateStep:
    """`key` names it within the template for good; `place` is its order, and equal ones run in parallel."""

    key: str
    place: int
    phase: str
    modality: str = ""
    description: str = ""
    goals: tuple[str, ...] = ()
    target: str = ""
    course: str = Step.Course.ONCE.value
    occurrences_planned: int | None = None
    interval: int | None = None
    interval_unit: str = ""
    agent: str = ""
    session_names: str = ""
    stop_when: str = ""
    only_if: str = ""
    after: str = ""
    after_event: str = Step.AfterEvent.ENDED.value
    after_occurrence: int | None = None
    # So long after the release it begins at the earliest.
    wait: int | None = None
    wait_unit: str = "weeks"
    # When it is planned: so long after the release, or after the end of the step `start_from`.
    start: int | None = None
    start_unit: str = "weeks"
    start_from: str = ""
    owner: str = ""
    rationale: str = ""
    alternatives: str = ""
    # Statements of the reference pages; none of them means “set by your centre”.
    sources: tuple[str, ...] = ()
    # Where a step has sources: what of it they do not say. Shown with the template; no plan takes it for its own reason.
    set_by_centre: str = ""
    monitoring: tuple[TemplateMonitoring, ...] = ()
    is_decision: bool = False
    arm: str = ""
    arms: tuple[TemplateArm, ...] = ()

    @property
    def page(self) -> str:
        """The address of an added page; empty where the modality is a code."""
        return self.modality.removeprefix(PAGE) if self.modality.startswith(PAGE) else ""


@dataclass(frozen=True)
class TemplateSchedule:
    """A schedule of each board's library, by its name."""

    name: str
    from_step: str = ""
    from_event: str = "ended"
    owner: str = ""
    overlap: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class TemplateContent:
    title: str
    summary: str = ""
    aim: str = ""
    fits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least_primary_mm: int | None = None
    most_primary_mm: int | None = None
    steps: tuple[TemplateStep, ...] = ()
    schedules: tuple[TemplateSchedule, ...] = ()

    @property
    def ordered(self) -> list[TemplateStep]:
        return sorted(self.steps, key=lambda step: step.place)

    @property
    def letters(self) -> dict[str, str]:
        """By key; of steps side by side, as their places in a plan have them."""
        rows = self.ordered
        groups = [
            [n for n, one in enumerate(rows) if one.place == place] for place in dict.fromkeys(r.place for r in rows)
        ]
        found = places_of(groups)
        return {one.key: found[n][1] for n, one in enumerate(rows)}

    def number_of(self, step: TemplateStep) -> str:
        """As it is said: “2”, “2a”."""
        return f"{step.place}{self.letters[step.key]}"

    def step(self, key: str) -> TemplateStep | None:
        return next((step for step in self.steps if step.key == key), None)

    def decision_of(self, arm: str) -> TemplateStep | None:
        return next((step for step in self.steps if any(one.key == arm for one in step.arms)), None)

    def arm(self, key: str) -> TemplateArm | None:
        return next((arm for step in self.steps for arm in step.arms if arm.key == key), None)

    @property
    def schedule_lines(self) -> list[str]:
        """What each schedule counts from and who does it, in words."""
        return [self._in_words(one) for one in self.schedules]

    def _in_words(self, one: "TemplateSchedule") -> str:
        step = self.step(one.from_step)
        has = "has begun" if one.from_event == "begun" else "has ended"
        start = f"when step {self.number_of(step)} {has}" if step else "the release"
        return f"{one.name}, from {start}{f', by {Discipline(one.owner).label.lower()}' if one.owner else ''}"

    @property
    def phases(self) -> list[str]:
        return list(dict.fromkeys(step.phase for step in self.ordered))

    @property
    def modalities(self) -> list[str]:
        return list(dict.fromkeys(step.modality for step in self.ordered if step.modality))


def read_content(data: Mapping[str, Any]) -> TemplateContent:
    """Of a row of the table or a file, whose fields are known. What is left out has its default."""
    steps = tuple(_step(one) for one in data.get("steps", ()))
    schedules = tuple(
        TemplateSchedule(**{**one, "sources": tuple(one.get("sources", ()))}) for one in data.get("schedules", ())
    )
    fits = {name: tuple(values) for name, values in data.get("fits", {}).items()}
    return TemplateContent(**{**data, "steps": steps, "schedules": schedules, "fits": fits})


def _step(data: Mapping[str, Any]) -> TemplateStep:
    lists = {name: tuple(data.get(name, ())) for name in ("goals", "sources")}
    rows = {
        "arms": tuple(TemplateArm(**one) for one in data.get("arms", ())),
        "monitoring": tuple(TemplateMonitoring(**one) for one in data.get("monitoring", ())),
    }
    return TemplateStep(**{**data, **lists, **rows})


def as_data(content: TemplateContent) -> dict[str, Any]:
    """As it is kept: every field that says something."""
    data = asdict(content)
    data["fits"] = {name: list(values) for name, values in content.fits.items() if values}
    data["steps"] = [_as_written(TemplateStep, one) for one in data["steps"]]
    data["schedules"] = [_as_written(TemplateSchedule, one) for one in data["schedules"]]
    return {name: value for name, value in data.items() if value not in (None, "", [], {})}


def _as_written(of: type, data: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {one.name: one.default for one in fields(of)}
    found = {}
    for name, value in data.items():
        if name == "monitoring":
            value = [{key: said for key, said in one.items() if said not in (None, "")} for one in value]
        value = [*map(dict, value)] if name == "arms" else list(value) if isinstance(value, tuple) else value
        if name in ("key", "place", "phase", "name") or (value != defaults[name] and value != []):
            found[name] = value
    return found


def with_step(content: TemplateContent, step: TemplateStep) -> TemplateContent:
    """With this step instead of the one of its key; at the end where there is none."""
    known = {one.key: one for one in content.steps} | {step.key: step}
    return replace(content, steps=tuple(known.values()))


def new_key(content: TemplateContent, letter: str = "s") -> str:
    """One that no step or arm of this version has; those of a version before are met again where it was begun from that."""
    taken = {one.key for one in content.steps} | {arm.key for one in content.steps for arm in one.arms}
    return next(key for number in range(1, 1000) if (key := f"{letter}{number}") not in taken)


def close_gaps(content: TemplateContent) -> TemplateContent:
    """Places are 1, 2, 3 … without a gap; equal ones stay equal."""
    places = {old: new for new, old in enumerate(sorted({step.place for step in content.steps}), start=1)}
    steps = tuple(replace(step, place=places[step.place]) for step in content.ordered)
    return replace(content, steps=steps)


# What a field of a step may hold, for a form and for a check alike.
CHOICES: dict[str, tuple[str, ...]] = {
    "phase": tuple(Step.Phase.values),
    "target": ("", *Step.Target.values),
    "course": tuple(Step.Course.values),
    "interval_unit": ("", *Step.IntervalUnit.values),
    "after_event": tuple(Step.AfterEvent.values),
    "wait_unit": UNITS,
    "start_unit": UNITS,
    "owner": ("", *Discipline.values),
}
LIMITS: dict[str, int] = {
    "occurrences_planned": MOST_OCCURRENCES, "interval": LONGEST_INTERVAL, "after_occurrence": MOST_OCCURRENCES,
    "wait": LONGEST_WAIT, "start": LONGEST_WAIT,
}  # fmt: skip
LENGTHS: dict[str, int] = {"description": 200, "only_if": 200, "stop_when": 200, "agent": 120, "set_by_centre": 300}


def wrong_values(step: TemplateStep) -> Iterator[tuple[str, str]]:
    """Field and sentence of whatever no form could have sent: of files, and of what a program wrote."""
    for name, allowed in CHOICES.items():
        if getattr(step, name) not in allowed:
            yield name, f"“{getattr(step, name)}” is none of {', '.join(filter(None, allowed))}."
    for name, most in LIMITS.items():
        value = getattr(step, name)
        least = 0 if name in ("wait", "start") else 1
        if value is not None and not least <= value <= most:
            yield name, f"Write a whole number from {least} to {most}."
    for name, longest in LENGTHS.items():
        if len(getattr(step, name)) > longest:
            yield name, f"Say it in at most {longest} characters."
    if unknown := sorted(set(step.goals) - set(Step.Goal.values)):
        yield "goals", f"Choose goals from the list, not {', '.join(unknown)}."
    for one in step.monitoring:
        yield from (("monitoring", words) for words in said_amiss(**asdict(one)).values())
    if not step.is_decision and step.page == "" and step.modality not in Step.ModalityCode.values:
        yield "modality", "Choose a modality."
