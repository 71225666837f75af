"""A template as a picture, as if it were taken and released today. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date

from careplans.models.step_values import Phase
from careplans.plan_templates.content import TemplateContent, TemplateStep
from careplans.plan_templates.days import Days, days_of
from careplans.plan_templates.plain import ShownStep, every_step, shown_steps
from careplans.readers.sequence import Picture, picture
from careplans.readers.sequence.phrases import arm_words, conditions, in_arm_words
from careplans.readers.sequence.step_turns import turns_ahead
from careplans.readers.sequence.text import plain
from careplans.readers.sequence.what import Branch, Gate, Look, Sequence, StepShown
from careplans.readers.steps.gates import capital
from common.direction import isolated


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
            turns = tuple(turns_ahead(row.step, days.start, reads_text=False)) if row.step.is_repeated else ()
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

    def gate(self, row: ShownStep, days: Days) -> Gate | None:
        """In the words of a draft, of which nothing waits yet."""
        own = row.own
        if not (own.after or own.wait or own.only_if):
            return None
        only_if = isolated(plain(own.only_if)) if own.only_if else ""
        return Gate(
            capital(conditions(row.step, not_before=row.wait_words, only_if=only_if)), after=self.keys.get(own.after),
            event=own.after_event, number=own.after_occurrence or 1, not_before=days.not_before,
        )  # fmt: skip

    def branches(self, row: ShownStep) -> Iterator[Branch]:
        for arm, inside in row.arms:
            no_step = isolated(plain(arm.no_step)) if arm.no_step else ""
            words = arm_words(isolated(plain(arm.words)), [one.number for one in inside], no_step)
            yield Branch(self.arms[arm.key], words)

    def in_arm(self, own: TemplateStep, decision: TemplateStep | None) -> str:
        arm = self.content.arm(own.arm)
        return in_arm_words(isolated(plain(arm.name)), self.labels[decision.key]) if arm and decision else ""
