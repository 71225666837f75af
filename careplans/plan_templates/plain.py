"""Steps of a template as steps that no plan has: so that their words, and what is asked of them, are those of any step. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from accounts.models import Discipline
from careplans.models import Monitoring, Step
from careplans.plan_templates.content import TemplateArm, TemplateContent, TemplateStep

# What both have under the same name.
SAME = (
    "phase", "description", "target", "course", "occurrences_planned", "interval", "interval_unit", "agent", "session_names",
    "stop_when", "only_if", "after_event", "after_occurrence", "rationale", "alternatives", "is_decision",
)  # fmt: skip


@dataclass(frozen=True)
class SourceLink:
    """A statement of the source document, or a source that the centre added, by its number."""

    number: int
    is_statement: bool
    marker: str


def source_links(markers: Sequence[str]) -> list[SourceLink]:
    return [SourceLink(int(one[1:]), one.startswith("S"), one) for one in markers if one[1:].isdecimal()]


@dataclass(frozen=True)
class ShownStep:
    """A step of a template as a page shows it, in its place; those of an arm stand in it."""

    own: TemplateStep
    step: Step
    parallel: bool
    # Its place among all of them, from 1: how a page and its picture name it.
    index: int = 0
    # The step from whose end its start is counted; none means the release.
    start_from: Step | None = None
    arms: tuple[tuple[TemplateArm, tuple["ShownStep", ...]], ...] = ()

    @property
    def position(self) -> int:
        return self.own.place

    @property
    def anchor(self) -> str:
        return str(self.index)

    @property
    def number(self) -> str:
        """As it is said: “2”, “2a”."""
        return self.step.number

    @property
    def title(self) -> str:
        return self.step.title

    @property
    def owner_words(self) -> str:
        return Discipline(self.own.owner).label if self.own.owner else ""

    @property
    def start_words(self) -> str:
        """“2 weeks after the release”, “12 weeks after step 3”; empty where nothing is said."""
        if self.own.start is None:
            return ""
        base = f"step {self.start_from.number}" if self.start_from else "the release"
        return f"{_span(self.own.start, self.own.start_unit)} after {base}" if self.own.start else f"with {base}"

    @property
    def sources(self) -> list["SourceLink"]:
        return source_links(self.own.sources)

    @property
    def monitoring(self) -> list[str]:
        """What hangs on it, as the plan will say it."""
        return [Monitoring(step=self.step, **asdict(one)).words for one in self.own.monitoring]

    @property
    def wait_words(self) -> str:
        return f"{_span(self.own.wait, self.own.wait_unit)} after the release" if self.own.wait else ""


def _span(number: int, unit: str) -> str:
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"


def code_of(step: TemplateStep) -> str:
    """As a row of steps has it; of an added page, what it counts as is known to the page alone."""
    return Step.ModalityCode.OTHER.value if step.is_decision or step.page else step.modality


def plain_steps(content: TemplateContent, titles: Mapping[str, str] | None = None) -> dict[str, Step]:
    """By their keys. `titles`: of added pages, by `page-<slug>`."""
    found: dict[str, Step] = {}
    letters = content.letters
    for own in content.ordered:
        values = {name: getattr(own, name) for name in SAME}
        title = (titles or {}).get(own.modality, own.page.replace("-", " ")) if own.page else ""
        step = Step(
            position=own.place, modality_code=code_of(own), goals=list(own.goals), reference_page_title=title, **values
        )
        step.letter = letters[own.key]
        step.after_step = found.get(own.after)
        found[own.key] = step
    return found


def shown_steps(content: TemplateContent, titles: Mapping[str, str] | None = None) -> list[ShownStep]:
    """In their order, those of arms within their decision."""
    plain = plain_steps(content, titles)
    places = {own.key: index for index, own in enumerate(content.ordered, start=1)}

    def shown(rows: Sequence[TemplateStep]) -> tuple[ShownStep, ...]:
        found: list[ShownStep] = []
        for own in rows:
            arms = tuple((arm, shown([one for one in content.ordered if one.arm == arm.key])) for arm in own.arms)
            parallel = bool(found) and found[-1].position == own.place
            start_from = plain.get(own.start_from)
            found.append(ShownStep(own, plain[own.key], parallel, places[own.key], start_from, arms))
        return tuple(found)

    named = {arm.key for step in content.steps for arm in step.arms}
    return list(shown([one for one in content.ordered if one.arm not in named]))


def every_step(steps: Iterable[ShownStep]) -> list[ShownStep]:
    """Each, and below a decision the steps of its arms."""
    return [one for step in steps for one in (step, *every_step(inside for _, arm in step.arms for inside in arm))]
