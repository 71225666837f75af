"""A template as a picture, as if it were taken and released today. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date

from careplans.models.step_values import Phase
from careplans.plan_templates.content import TemplateContent, TemplateStep
from careplans.plan_templates.days import Days, days_of
from careplans.plan_templates.plain import ShownStep, every_step, shown_steps
from careplans.readers.sequence import Picture, picture
from careplans.readers.sequence.text import plain
from careplans.readers.sequence.what import Branch, Gate, Look, Sequence, StepShown, Turn, day_words
from common.direction import isolated

# Of what goes on until it is stopped, so many are shown ahead.
AHEAD = 12


def template_picture(content: TemplateContent, today: date, titles: Mapping[str, str] | None = None) -> Picture | None:
    """None where it has no step yet."""
    rows = every_step(shown_steps(content, titles))
    if not rows:
        return None
    drawn = Drawn(content, rows, today)
    return picture(
        Sequence("The template", "shown as if it were released today", today, tuple(drawn.steps())), uid="template"
    )


class Drawn:
    """The steps of one template, by the keys and labels under which they are drawn."""

    def __init__(self, content: TemplateContent, rows: list[ShownStep], today: date) -> None:
        self.content, self.rows, self.today = content, rows, today
        self.days = days_of(content, today)
        self.keys = {row.own.key: row.index for row in rows}
        self.labels = {row.own.key: row.number for row in rows}
        self.arms = {arm.key: number for number, arm in enumerate((a for r in rows for a, _ in r.arms), start=1)}

    def steps(self) -> Iterator[StepShown]:
        for row in self.rows:
            own, days = row.own, self.of(row.own)
            turns = tuple(self.turns(row, days))
            end = days.end or (turns[-1].day if turns else None)
            decision = self.content.decision_of(own.arm) if own.arm else None
            yield StepShown(
                row.index, row.number, isolated(plain(row.title)), own.phase, str(Phase(own.phase).label),
                Look.IN_ARM if own.arm else Look.PLANNED, row.start_words, days.start, end, None, row.step.runs_until_stopped,
                turns, self.gate(row, days), own.is_decision, tuple(self.branches(row)),
                self.keys[decision.key] if decision else None, "waiting" if decision else "", self.in_arm(own, decision), "",
                row.owner_words, row.start_words or "when its arm is chosen",
            )  # fmt: skip

    def of(self, own: TemplateStep) -> Days:
        """What stands in an arm is drawn from the day of its decision on."""
        decision = self.content.decision_of(own.arm) if own.arm else None
        days = self.days[own.key]
        return Days(self.days[decision.key].start, None, days.not_before) if decision else days

    def turns(self, row: ShownStep, days: Days) -> Iterator[Turn]:
        step = row.step
        if not step.is_repeated or not step.interval or days.start is None:
            return
        many = (step.occurrences_planned or AHEAD) if step.is_counted else AHEAD
        for number in range(1, many + 1):
            day = step.day_after(days.start, number - 1)
            state = "planned" if step.is_counted else "expected"
            yield Turn(number, day, state, f"{step.occurrence_heading(number, named=False)}, {day_words(day)}")

    def gate(self, row: ShownStep, days: Days) -> Gate | None:
        own, after = row.own, row.step.after_step
        if not (own.after or own.wait or own.only_if):
            return None
        said = [
            f"after {self.labels[own.after]} {row.step.after_words or 'has ended'}" if after else "",
            f"not before {row.wait_words}" if own.wait else "",
            f"only if {isolated(plain(own.only_if))}" if own.only_if else "",
        ]
        key = self.keys.get(own.after)
        words = f"Waits: {', '.join(filter(None, said))}"
        return Gate(
            words, after=key, event=own.after_event, number=own.after_occurrence or 1, not_before=days.not_before
        )

    def branches(self, row: ShownStep) -> Iterator[Branch]:
        for arm, inside in row.arms:
            then = " and ".join(one.number for one in inside) or f"no further step, {isolated(plain(arm.no_step))}"
            name = f"{arm.name} ({arm.condition})" if arm.condition else arm.name
            yield Branch(self.arms[arm.key], f"If “{isolated(plain(name))}”: {then}")

    def in_arm(self, own: TemplateStep, decision: TemplateStep | None) -> str:
        arm = self.content.arm(own.arm)
        return (
            f"Only in the arm “{isolated(plain(arm.name))}” of {self.labels[decision.key]}" if arm and decision else ""
        )
