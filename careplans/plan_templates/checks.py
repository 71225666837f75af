"""What keeps a version of a template from being approved or used, as sentences for whoever writes it."""

from collections.abc import Iterator, Mapping

from careplans.models import Step
from careplans.models.schedules import BY_CENTRE
from careplans.models.steps import PAGE
from careplans.plan_templates.content import (
    FITTING_FACTS,
    MOST_ARMS,
    MOST_STEPS,
    TemplateContent,
    TemplateStep,
    wrong_values,
)
from careplans.plan_templates.plain import plain_steps
from careplans.readers.steps.courses import course_faults, missing_in_course
from careplans.rules.engine.proforma import CODED
from modalities.models import Modality, Source, Statement


def problems_of(content: TemplateContent) -> list[str]:
    """Everything, with what the reference pages say. At most three queries."""
    return [*faults_in(content), *pages_amiss(content), *unknown_sources(content)]


def faults_in(content: TemplateContent) -> list[str]:
    """What can be told from the content alone. No query."""
    found = [] if content.title.strip() else ["Give the template a title."]
    if not content.summary.strip():
        found.append("Say for whom the template is.")
    if not content.steps:
        found.append("Add at least one step.")
    if len(content.steps) > MOST_STEPS:
        found.append(f"A template has at most {MOST_STEPS} steps.")
    keys = [step.key for step in content.steps] + [arm.key for step in content.steps for arm in step.arms]
    if len(set(keys)) != len(keys):
        found.append("Two steps or arms have the same name within the file.")
    found += _fitting(content)
    steps = plain_steps(content)
    for own in content.ordered:
        name = f"Step {steps[own.key].number} ({steps[own.key].title})"
        found += [f"{name}: {words}" for words in _of_step(content, own, steps[own.key])]
    return found + [words for one in content.schedules for words in _of_schedule(content, one.from_step, one.name)]


def _fitting(content: TemplateContent) -> Iterator[str]:
    for name, values in content.fits.items():
        unknown = set(values) - set(CODED.get(name, ()))
        if name not in FITTING_FACTS or unknown:
            yield f"“{name}” with {', '.join(sorted(unknown)) or 'these values'} is no fact by which a template is proposed."


def _of_step(content: TemplateContent, own: TemplateStep, step: Step) -> Iterator[str]:
    yield from (words for _, words in wrong_values(own))
    yield from _missing(own)
    for words in missing_in_course(step):
        yield f"it needs {words}."
    for words in course_faults(step):
        yield f"it {words}"
    yield from _links(content, own)
    yield from _arms(content, own)


def _missing(own: TemplateStep) -> Iterator[str]:
    if own.is_decision and not own.description.strip():
        yield "say at what the board decides."
    if not own.is_decision and not own.goals:
        yield "say what the step is for: at least one goal."
    if own.modality == Step.ModalityCode.OTHER and not own.description.strip():
        yield "say what exactly, because its modality is “other”."
    if not own.owner:
        yield "say which discipline sees to it."
    if own.start is None and not own.arm:
        yield "say when it is planned, counted from the release or from another step."


def _links(content: TemplateContent, own: TemplateStep) -> Iterator[str]:
    for field, words in (("after", "waits for"), ("start_from", "is planned after")):
        other = content.step(getattr(own, field))
        if getattr(own, field) and (other is None or other.key == own.key):
            yield f"it {words} a step that is not in the template."
        elif other is not None and other.place >= own.place:
            yield f"it {words} step {content.number_of(other)}, which does not come before it."
    if own.arm and content.arm(own.arm) is None:
        yield "it stands in an arm that is not in the template."


def _arms(content: TemplateContent, own: TemplateStep) -> Iterator[str]:
    decision = content.decision_of(own.arm) if own.arm else None
    if decision is not None and decision.place >= own.place:
        yield f"it stands in an arm of step {content.number_of(decision)}, which does not come before it."
    if not own.is_decision:
        return
    if own.arm:
        yield "a decision cannot stand in an arm of another one."
    if not 2 <= len(own.arms) <= MOST_ARMS:
        yield f"a decision has two to {MOST_ARMS} arms."
    names = [arm.name.strip().casefold() for arm in own.arms]
    if "" in names or len(set(names)) != len(names):
        yield "give each arm a name of its own."
    for arm in own.arms:
        has_step = any(step.arm == arm.key for step in content.steps)
        if not has_step and not arm.no_step.strip():
            yield f"the arm “{arm.name}” has no step: say in words what happens then."
        if max(len(arm.name), 0) > 80 or len(arm.condition) > 200 or len(arm.no_step) > 200:
            yield f"the arm “{arm.name[:80]}” says too much: 80 characters for its name, 200 for the rest."


def _of_schedule(content: TemplateContent, key: str, name: str) -> Iterator[str]:
    step = content.step(key)
    if key and step is None:
        yield f"The schedule “{name}” counts from a step that is not in the template."


def pages_amiss(content: TemplateContent) -> list[str]:
    """Reference pages on which no new step can rest any more: such a template cannot be used either. One query."""
    return amiss_among(content, pages_that_hold())


def pages_that_hold() -> dict[str, str]:
    """Titles of the pages on which a new step can rest: by code, and those that the centre added by `page-<slug>`. One query."""
    pages = Modality.objects.exclude(code="").filter(is_group=False, retired_at=None, current_revision__isnull=False)
    rows = pages.values_list("slug", "code", "added_by", "current_revision__title")
    return {(code if added is None else f"{PAGE}{slug}"): title for slug, code, added, title in rows}


def amiss_among(content: TemplateContent, held: Mapping[str, str]) -> list[str]:
    steps = plain_steps(content, held)
    return [
        f"{steps[own.key].heading}: its reference page is retired, or has nothing published."
        for own in content.ordered
        if own.modality not in ("", Step.ModalityCode.OTHER) and own.modality not in held
    ]


def unknown_sources(content: TemplateContent) -> list[str]:
    """Statements and added sources that are not there. At most two queries."""
    asked = {one for step in content.steps for one in step.sources}
    asked |= {one for schedule in content.schedules for one in schedule.sources}
    if not asked:
        return []
    known = set(Statement.objects.filter(number__in=asked).values_list("number", flat=True))
    numbers = [int(one[1:]) for one in asked if one[:1] == "E" and one[1:].isdecimal()]
    if numbers:
        known |= {f"E{number}" for number in Source.objects.filter(number__in=numbers).values_list("number", flat=True)}
    return [f"There is no statement or source {one}." for one in sorted(asked - known)]


def source_words(sources: tuple[str, ...]) -> str:
    return ", ".join(sources) or BY_CENTRE
