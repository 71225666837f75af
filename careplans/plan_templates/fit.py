"""Whether a template fits the facts of a case, and why. A proposal, never a lock: any template can be taken. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from careplans.models import Proforma
from careplans.models.proforma import NOT_RECORDED
from careplans.plan_templates.content import TemplateContent
from careplans.readers.facts.proforma import label_of, shown_fact, value_in_words
from careplans.rules.engine.proforma import EITHER

SIZE = "largest_primary_mm"


@dataclass(frozen=True)
class Fit:
    """Phrases: what agrees, what nobody has recorded, and what speaks against it."""

    agrees: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return bool(self.agrees) and not self.against and not self.unknown

    @property
    def may_fit(self) -> bool:
        return bool(self.agrees) and not self.against and bool(self.unknown)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The best first."""
        return (0 if self.fits else 1 if self.may_fit else 2, len(self.against), -len(self.agrees))


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
    if content.most_primary_mm is not None:
        size = facts.largest_primary_mm
        if size is None:
            unknown.append(label_of(SIZE))
        else:
            (agrees if size <= content.most_primary_mm else against).append(
                f"{label_of(SIZE)}: {shown_fact(facts, SIZE).text}"
            )
    return Fit(tuple(agrees), tuple(unknown), tuple(against))


def _said_once(values: Collection[str]) -> list[str]:
    """Without “one of the two, not said which” where both stand there."""
    return [value for value in values if not (value in EITHER and EITHER[value] <= set(values))]


def for_whom(content: TemplateContent) -> list[str]:
    """“Extent: metastatic”, one for each fact that the template asks for."""
    found = [
        f"{label_of(name)}: {' or '.join(value_in_words(name, value) for value in _said_once(values))}"
        for name, values in content.fits.items()
    ]
    if content.most_primary_mm is not None:
        found.append(f"{label_of(SIZE)}: at most {content.most_primary_mm} mm")
    return found
