"""A person's open steps and follow-ups as an iCalendar (RFC 5545): what and when, never about whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar
from icalendar import Event as Entry

from accounts.models import User
from careplans.models import FollowUp, Plan, Step
from careplans.readers.steps.courses import what_is_due
from careplans.readers.steps.gates import gate_of

# Far more than one person has open; a calendar is read often, and read whole.
MOST = 2000


@dataclass(frozen=True)
class CalendarDate:
    """One day of the calendar. `uid` is the same for good; `version` grows with each change of the row."""

    uid: str
    day: date
    summary: str
    path: str
    version: int
    since: datetime


def dates_of(user: User) -> list[CalendarDate]:
    """What is this person's and open, on boards where they see patients. Three queries."""
    steps = Step.objects.waiting().with_gate().select_related("board").where_can(user, "patients.view").filter(
        assignee=user, plan__status__in=Plan.IN_FORCE
    )  # fmt: skip
    follow_ups = FollowUp.objects.open().where_can(user, "patients.view").filter(assignee=user)
    return [
        *(_of_step(step) for step in steps.order_by("due_on", "pk")[:MOST]),
        *(_of_follow_up(follow_up) for follow_up in follow_ups.order_by("due_on", "pk")[:MOST]),
    ]


def _of_step(step: Step) -> CalendarDate:
    """The name of the modality only: the description is free text. What it waits for goes by its number."""
    name = step.coded_name
    gate = gate_of(step, step.board.today).coded_sentence
    about = what_is_due(step, named=False)
    name = f"{name}, {about}" if about else name
    summary = f"Step {step.number}: {name}, case {step.case_id}{f' ({gate})' if gate else ''}"
    path = reverse("careplans:step_deliver", args=[step.pk])
    return CalendarDate(f"step-{step.pk}", step.due_on or date.max, summary, path, step.version, step.created_at)


def _of_follow_up(row: FollowUp) -> CalendarDate:
    """The kind only: the title is free text."""
    summary = f"Follow-up: {row.get_kind_display()}, case {row.case_id}"
    path = reverse("careplans:followup", args=[row.pk])
    return CalendarDate(f"follow-up-{row.pk}", row.due_on, summary, path, row.version, row.created_at)


def as_ical(dates: Sequence[CalendarDate]) -> bytes:
    """The same bytes for the same rows, so that a calendar program that asks again is told “not changed”."""
    calendar = Calendar()
    for name, value in (
        ("prodid", "-//Consilium//Calendar//EN"), ("version", "2.0"), ("method", "PUBLISH"), ("x-wr-calname", "Consilium"),
    ):  # fmt: skip
        calendar.add(name, value)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    for one in dates:
        entry = Entry()
        entry.add("uid", f"{one.uid}@{host}")
        entry.add("dtstamp", one.since)
        entry.add("sequence", one.version)
        entry.add("dtstart", one.day)
        entry.add("dtend", one.day + timedelta(days=1))
        entry.add("summary", one.summary)
        entry.add("url", f"{settings.BASE_URL}{one.path}")
        entry.add("class", "PRIVATE")
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    ical: bytes = calendar.to_ical()
    return ical
