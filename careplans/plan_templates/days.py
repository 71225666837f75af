"""From “so many weeks after” to days, once somebody takes a template for a case. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from careplans.models.courses import after_interval
from careplans.plan_templates.content import TemplateContent, TemplateStep
from careplans.plan_templates.plain import plain_steps
from common.local_time import working_day


@dataclass(frozen=True)
class Days:
    """When a step is planned, and until when it is expected to run; None where it cannot be told."""

    start: date | None
    end: date | None = None
    not_before: date | None = None


def days_of(content: TemplateContent, today: date, off: Collection[date] = ()) -> Mapping[str, Days]:
    """By key. The release is taken to be today; no day falls on a Saturday or Sunday, or on a day `off` of the board. What
    stands in an arm has no day: the decision comes first."""

    def worked(day: date) -> date:
        return working_day(day, off, weekends_off=True)

    plain, found = plain_steps(content), dict[str, Days]()
    for own in content.ordered:
        wait = after_interval(today, own.wait, own.wait_unit) if own.wait is not None else None
        if own.arm or own.start is None:
            found[own.key] = Days(None, None, wait)
            continue
        start = worked(after_interval(_base(own, found, today), own.start, own.start_unit))
        start = max(start, worked(wait)) if wait else start
        step = plain[own.key]
        many = (own.occurrences_planned or 1) - 1 if step.is_counted else 0
        end = worked(step.day_after(start, many)) if many else None
        found[own.key] = Days(start, end, wait)
    return found


def _base(own: TemplateStep, found: Mapping[str, Days], today: date) -> date:
    before = found.get(own.start_from)
    return (before and (before.end or before.start)) or today
