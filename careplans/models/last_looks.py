from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from careplans.models.events import Event


class LastLook(models.Model):
    """Up to which event somebody has marked a case, or a plan of it, as seen. A person's own note: it says nothing of a patient,
    and nothing is decided by it but what they are shown as new."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(
        "careplans.Case", on_delete=models.PROTECT, null=True, related_name="looks", db_index=False
    )
    plan = models.ForeignKey(
        "careplans.Plan", on_delete=models.PROTECT, null=True, related_name="looks", db_index=False
    )
    # The newest event that was on the screen. Not a relation: nobody ever asks an event who has seen it.
    event_id = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, plan=None) | Q(case=None, plan__isnull=False),
                name="last_look_at_a_case_or_a_plan",
            ),
            models.UniqueConstraint(fields=["case", "person"], name="last_look_once_at_a_case"),
            models.UniqueConstraint(fields=["plan", "person"], name="last_look_once_at_a_plan"),
        ]

    def __str__(self) -> str:
        what = f"plan {self.plan_id}" if self.plan_id else f"case {self.case_id}"
        return f"{self.person_id} has seen {what} up to event {self.event_id}"


def looks_at_case(person: int) -> dict[str, Any]:
    """What a row of cases is annotated with, so that its page need not ask: the newest event, and up to where one has seen."""
    looks = LastLook.objects.filter(person=person, case=OuterRef("pk"))
    return _marked(Event.objects.filter(case=OuterRef("pk")), looks)


def looks_at_plan(person: int) -> dict[str, Any]:
    """The same of plans. Who marked a case as seen has seen its plans; and up to when somebody answered is told, too."""
    of_plan = Q(plan=OuterRef("pk")) | Q(plan=None)
    looks = LastLook.objects.filter(Q(plan=OuterRef("pk")) | Q(case=OuterRef("case")), person=person)
    answers = Event.objects.filter(plan=OuterRef("pk"), by=person, kind="plan_answered")
    marked = _marked(Event.objects.filter(of_plan, case=OuterRef("case")), looks)
    return marked | {"answered_event": Subquery(_newest(answers))}


def _marked(events: models.QuerySet[Event], looks: models.QuerySet[LastLook]) -> dict[str, Any]:
    last = looks.order_by("-event_id")
    return {
        "newest_event": Subquery(_newest(events)),
        "seen_event": Subquery(last.values("event_id")[:1]),
        "seen_at": Subquery(last.values("seen_at")[:1]),
    }


def _newest(events: models.QuerySet[Event]) -> models.QuerySet[Event, Any]:
    return events.order_by("-pk").values("pk")[:1]
