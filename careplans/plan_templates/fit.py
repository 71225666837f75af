"""Whether a template fits the facts of a case, and why. A proposal, never a lock: any template can be taken. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from careplans.models import Proforma
from careplans.models.proforma import NOT_RECORDED
from careplans.plan_templates.content import TemplateContent
from careplans.plan_templates.plain import plain_steps
from careplans.readers.facts.decisive import flags_beside
from careplans.readers.facts.decisive_table import Weight
from careplans.readers.facts.proforma import label_of, shown_fact, value_in_words
from careplans.rules.engine.proforma import EITHER

SIZE = "largest_primary_mm"


@dataclass(frozen=True)
class Fit:
    """Phrases: what agrees, what nobody has recorded, and what does not."""

    agrees: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    # Of this person: what the header of a case warns of beside these steps, and what it would have the board weigh.
    warns: tuple[str, ...] = ()
    weigh: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return bool(self.agrees) and not (self.against or self.unknown or self.warns)

    @property
    def may_fit(self) -> bool:
        return bool(self.agrees) and not self.against and not self.fits

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The best first."""
        return (0 if self.fits else 1 if self.may_fit else 2, len(self.against), len(self.warns), -len(self.agrees))


def fit_of(content: TemplateContent, facts: Proforma) -> Fit:
    agrees, unknown, against = list[str](), list[str](), list[str]()
    for name, values in content.fits.items():
        wanted = {*values, *(part for value in values for part in EITHER.get(value, ()))}
        value = getattr(facts, name)
        words = f"{label_of(name)}: {shown_fact(facts, name).text}"
        if value in NOT_RECORDED:
            unknown.append(label_of(name))
        else:
            (agrees if value in wanted else against).append(words)
    if size_words(content):
        size = facts.largest_primary_mm
        words = f"{label_of(SIZE)}: {shown_fact(facts, SIZE).text}"
        if size is None:
            unknown.append(label_of(SIZE))
        elif (content.least_primary_mm or 0) <= size <= (content.most_primary_mm or size):
            agrees.append(words)
        else:
            against.append(f"{words}, and it is for {size_words(content)}")
    warns, weigh = _of_this_person(content, facts)
    return Fit(tuple(agrees), tuple(unknown), tuple(against), warns, weigh)


def _of_this_person(content: TemplateContent, facts: Proforma) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Without the facts that the template asks for, and without symptoms where it begins with their control."""
    asked = {*content.fits, *(["hormone_symptoms_controlled"] if "symptom_control" in content.phases[:1] else [])}
    flags = flags_beside(facts, plain_steps(content).values(), without=asked)
    warns = tuple(flag.words for flag in flags if flag.weight == Weight.WARNING)
    return warns, tuple(flag.words for flag in flags if flag.weight != Weight.WARNING)


def size_words(content: TemplateContent) -> str:
    """“at least 21 mm”, “at most 20 mm”; empty where the size does not matter."""
    least, most = content.least_primary_mm, content.most_primary_mm
    found = [f"at least {least} mm" if least is not None else "", f"at most {most} mm" if most is not None else ""]
    return " and ".join(filter(None, found))


def _said_once(values: Collection[str]) -> list[str]:
    """Without “one of the two, not said which” where both stand there."""
    return [value for value in values if not (value in EITHER and EITHER[value] <= set(values))]


def for_whom(content: TemplateContent) -> list[str]:
    """“Extent: metastatic”, one for each fact that the template asks for."""
    found = [
        f"{label_of(name)}: {' or '.join(value_in_words(name, value) for value in _said_once(values))}"
        for name, values in content.fits.items()
    ]
    if size := size_words(content):
        found.append(f"{label_of(SIZE)}: {size}")
    return found
