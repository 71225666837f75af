"""The timeline of a case in chapters: diagnosis, board, treatment, change. Pure: the entries come with their rows loaded.

A chapter begins with an event that opens it (a plan is drafted, released, amended) and goes on until another one opens: so it is
a stretch of time, and nothing is told out of its order. What opens nothing belongs to the chapter that runs; where none runs
yet, to its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.timezone import localtime

from careplans.models import Event
from careplans.readers.timeline import TimelineEntry
from careplans.readers.timeline_groups import EDITS


class Chapter(StrEnum):
    DIAGNOSIS = "Diagnosis"
    BOARD = "Board"
    TREATMENT = "Treatment"
    CHANGE = "Change"


D, B, T, C = Chapter.DIAGNOSIS, Chapter.BOARD, Chapter.TREATMENT, Chapter.CHANGE
# Every kind of event, by the chapter that it is of where none runs.
CHAPTERS: dict[str, Chapter] = dict.fromkeys((
    "case_opened", "case_changed", "case_moved", "facts_changed", "contradiction_answered", "prior_treatment_added",
    "prior_treatment_changed", "prior_treatment_withdrawn", "specimen_added", "specimen_changed", "specimen_decides",
    "specimen_withdrawn",
), D) | dict.fromkeys((
    "plan_drafted", "plan_edited", "plan_moved", "plan_handed_over", "plan_answered", "advisory_answered",
    "signature_asked", "signature_asked_again", "signature_delegated", "signatures_voided", "steps_reordered", "step_added",
    "step_edited", "step_removed", "arm_added", "arm_edited", "arm_removed", "arms_reordered", "plan_schedule_added",
    "plan_schedule_changed", "plan_schedule_removed", "monitoring_added", "monitoring_removed", "facts_acknowledged",
    "advisories_fired", "step_restored", "plan_from_template", "plan_copied",
), B) | dict.fromkeys((
    "step_moved", "gate_moved", "occurrence_recorded", "occurrence_corrected", "occurrence_taken_back", "occurrences_ended",
    "step_handed_on", "step_handed_over", "arm_chosen", "decision_corrected", "follow_ups_scheduled",
    "follow_ups_regenerated", "follow_ups_extended", "follow_ups_kept", "follow_up_late", "follow_up_passed",
    "follow_up_added", "follow_up_changed", "follow_up_settled", "follow_up_corrected", "reminder_put_off",
    "nothing_ahead_recorded", "guidance_pinned", "step_undone", "follow_up_undone", "step_outcome_added",
    "step_outcome_corrected", "plan_outcome_added", "plan_outcome_corrected",
), T) | dict.fromkeys((
    "plan_amends", "plan_brought_back", "care_end_taken_back", "patient_merged", "patient_merge_undone", "case_to_patient",
    "case_to_patient_undone", "content_differs", "content_matches", "guidance_kept", "facts_changed_under_plan",
    "facts_marked_under_plan", "facts_unmarked_under_plan",
), C)  # fmt: skip
# Of these a chapter begins; of what moves, by the state that it comes to.
OPENING: dict[str, Chapter] = {
    "case_opened": D,
    "plan_drafted": B,
    "plan_from_template": B,
    "plan_copied": B,
    "plan_amends": C,
    "plan_brought_back": C,
}
OPENING_STATES: dict[tuple[str, str], Chapter] = {
    ("plan_moved", "active"): T, ("plan_moved", "revoked"): C, ("plan_moved", "entered_in_error"): C,
    ("case_moved", "referred"): D, ("case_moved", "listed"): B, ("case_moved", "closed"): C,
}  # fmt: skip
OPENERS = (*OPENING, *{kind for kind, _ in OPENING_STATES})
# Steps on the way to something else: folded, so that what happened stands out.
SMALL = (
    *EDITS, "reminder_put_off", "plan_handed_over", "step_handed_over", "step_handed_on", "arms_reordered",
    "follow_ups_extended", "follow_ups_kept", "follow_up_changed", "guidance_pinned", "plan_schedule_changed", "case_changed",
    "signature_asked_again", "signature_delegated", "monitoring_added", "monitoring_removed", "arm_added",
)  # fmt: skip
MOST_NAMED = 2


@dataclass
class Small:
    """A run of small steps as one line that opens."""

    entries: list[TimelineEntry]

    is_small = True

    @property
    def title(self) -> str:
        """“12 small changes by Ana, 3 Nov 2026”."""
        return f"{sum(entry.count for entry in self.entries)} small changes by {_names(self.entries)}, {self.days}"

    @property
    def days(self) -> str:
        return span(self.entries[-1].at, self.entries[0].at)


@dataclass
class Part:
    """A chapter as far as it stands on this page: the newest first."""

    chapter: Chapter
    opener: Event | None
    """None where it began before the first event that there is."""
    entries: list[TimelineEntry] = field(default_factory=list)
    goes_on: bool = False
    """It began before what this page shows."""

    @property
    def title(self) -> str:
        plan = self.opener.plan if self.opener else None
        return f"{self.chapter}: plan {plan.number}" if plan else str(self.chapter)

    @property
    def days(self) -> str:
        return span(self.entries[-1].at, self.entries[0].at)

    @property
    def count(self) -> int:
        return sum(entry.count for entry in self.entries)

    @property
    def lines(self) -> list[TimelineEntry | Small]:
        return fold_small(self.entries)


def opens(event: Event) -> Chapter | None:
    """The chapter that begins with this event. A plan that goes on after a pause begins none."""
    if event.kind == "plan_moved" and (event.old, event.new) == ("on_hold", "active"):
        return None
    if event.kind == "case_moved" and event.old == "closed":
        return C
    return OPENING.get(event.kind) or OPENING_STATES.get((event.kind, event.new))


def in_chapters(entries: Iterable[TimelineEntry], before: Event | None = None, *, is_last: bool = True) -> list[Part]:
    """Entries, newest first. `before`: the newest opener among what is older than these; `is_last`: there is nothing older."""
    parts: list[Part] = []
    for entry in reversed(list(entries)):
        if not parts:
            running = opens(before) if before else None
            first = running or opens(entry.event) or CHAPTERS.get(entry.event.kind, D)
            parts.append(Part(first, before, goes_on=not is_last))
        opened = opens(entry.event)
        if opened and not _is_same(parts[-1], opened, entry.event):
            parts.append(Part(opened, entry.event))
        elif opened:
            parts[-1].opener = entry.event
        parts[-1].entries.insert(0, entry)
    return [part for part in reversed(parts) if part.entries]


def _is_same(part: Part, opened: Chapter, event: Event) -> bool:
    """The board's chapter runs from the listing of a case on, and the draft of its plan is no other one."""
    plan = part.opener.plan_id if part.opener else None
    return part.chapter == opened and plan in (None, event.plan_id)


def fold_small(entries: Iterable[TimelineEntry]) -> list[TimelineEntry | Small]:
    """Two or more small steps in a row are one line."""
    lines: list[TimelineEntry | Small] = []
    run: list[TimelineEntry] = []
    for entry in [*entries, None]:
        if entry is not None and entry.event.kind in SMALL:
            run.append(entry)
            continue
        lines += [Small(run)] if sum(one.count for one in run) > 1 else run
        run = []
        if entry is not None:
            lines.append(entry)
    return lines


def span(first: datetime, last: datetime) -> str:
    """“3 Nov 2026”, “3 to 7 Nov 2026”, “28 Oct to 7 Nov 2026”, as the board lives them."""
    begun, ended = localtime(first).date(), localtime(last).date()
    end = f"{ended:%-d %b %Y}"
    if begun == ended:
        return end
    if begun.year != ended.year:
        return f"{begun:%-d %b %Y} to {end}"
    return f"{begun:%-d} to {end}" if begun.month == ended.month else f"{begun:%-d %b} to {end}"


def _names(entries: Iterable[TimelineEntry]) -> str:
    names = list(dict.fromkeys(entry.event.by.name if entry.event.by else "Consilium" for entry in entries))
    return " and ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} people"
