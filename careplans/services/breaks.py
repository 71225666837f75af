"""Breaks of a step, as rows: begun, ended, carried into an amendment. The verbs are in step_progress.py."""

from datetime import date

from careplans.models import Step, StepBreak


def begin_break(step: Step, *, held_from: date, held_until: date | None, reason: str, reason_note: str) -> StepBreak:
    held: StepBreak = StepBreak.objects.create(
        board_id=step.board_id, case_id=step.case_id, step=step, held_from=held_from, held_until=held_until,
        reason=reason, reason_note=reason_note,
    )  # fmt: skip
    return held


def open_break(step: Step) -> StepBreak | None:
    """None for a step that was held before breaks had days."""
    found: StepBreak | None = StepBreak.objects.filter(step=step, ended_on=None).first()
    return found


def end_break(step: Step, on: date) -> None:
    held = open_break(step)
    if held is not None:
        StepBreak.objects.filter(pk=held.pk).update(ended_on=max(on, held.held_from))


def carry_breaks(before: Step, step: Step) -> None:
    """An amendment takes them over; one that is open goes on there, and in the plan before it ends."""
    for row in StepBreak.objects.filter(step=before):
        StepBreak.objects.create(
            board_id=row.board_id, case_id=row.case_id, step=step, held_from=row.held_from, held_until=row.held_until,
            reason=row.reason, reason_note=row.reason_note, ended_on=row.ended_on,
        )  # fmt: skip
    end_break(before, step.board.today)
