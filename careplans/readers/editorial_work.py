"""What waits for an editor or approver of the reference pages, rules and templates: their part of “My work”."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.urls import reverse

from accounts.models import User
from accounts.permissions import can
from careplans.models import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion, RuleSetEvent, RuleSetVersion
from common.centre_day import centre_today
from modalities.models import Draft, DraftEvent, Modality

# How long before its day a review stands on “My work”: as long as its first reminder goes out before.
AHEAD = timedelta(days=14)
# What passes a draft on between those who write it and those who answer.
TURNS = ("begun", "sent", "recalled", "sent_back")


@dataclass(frozen=True)
class EditorialTask:
    """One thing to do: what it is about, where one acts, what is asked, and how it stands."""

    title: str
    path: str
    asked: str
    status: str
    label: str
    due_on: date | None = None

    @property
    def days(self) -> int | None:
        return (self.due_on - centre_today()).days if self.due_on else None


def editorial_work(user: User) -> list[EditorialTask]:
    """What waits for an answer first, then what came back, what is due, and what one is writing. Five queries."""
    approves, edits = can(user, "reference.approve"), can(user, "reference.edit")
    if not (approves or edits):
        return []
    found: list[tuple[Any, bool]] = [*_drafts(user), *_rules(user), *_templates(user)]
    asked = [_asked(one) for one, wrote in found if approves and not wrote and one.state == "in_review"]
    own = [one for one, wrote in found if edits and wrote and one.is_writable]
    came_back = [_came_back(one) for one in own if one.back is not None]
    writing = [_writing(one) for one in own if one.back is None]
    return [*asked, *came_back, *(_reviews(user) if edits else ()), *writing]


def _drafts(user: User) -> list[tuple[Draft, bool]]:
    events = DraftEvent.objects.filter(draft=OuterRef("pk"))
    rows = Draft.objects.for_work().annotate(wrote=_wrote(events, DraftEvent.WRITING, user), back=_back(events))
    return [(row, row.wrote) for row in rows]


def _rules(user: User) -> list[tuple[RuleSetVersion, bool]]:
    events = RuleSetEvent.objects.filter(rule_set=OuterRef("pk"))
    rows = RuleSetVersion.objects.open().defer("rules")
    rows = rows.annotate(wrote=_wrote(events, RuleSetEvent.WRITING, user), back=_back(events))
    return [(row, row.wrote) for row in rows]


def _templates(user: User) -> list[tuple[PlanTemplateVersion, bool]]:
    events = PlanTemplateEvent.objects.filter(row=OuterRef("pk"))
    rows = PlanTemplateVersion.objects.open().select_related("template").defer("content")
    rows = rows.annotate(wrote=_wrote(events, PlanTemplateEvent.WRITING, user), back=_back(events))
    return [(row, row.wrote) for row in rows]


def _wrote(events: QuerySet[Any], writing: Collection[str], user: User) -> Exists:
    return Exists(events.filter(kind__in=writing, by=user))


def _back(events: QuerySet[Any]) -> Subquery:
    """What the approver said when it came back; null where it was not the last that happened between the two. A set of rules
    is a draft again then, so only its events tell."""
    turns = events.filter(kind__in=TURNS).order_by("-at", "-pk")
    said = Case(When(kind="sent_back", then=F("comment")), default=None)
    return Subquery(turns.annotate(said=said).values("said")[:1])


def _reviews(user: User) -> Iterable[EditorialTask]:
    mine = Q(responsible=user) | Q(responsible=None)
    for page in Modality.objects.for_reviews().filter(mine, review_due_on__lte=centre_today() + AHEAD):
        late = page.review_due_on is not None and page.review_due_on < centre_today()
        asked = "Read it against its sources" + ("" if page.responsible_id else "; it is nobody's yet")
        yield EditorialTask(
            page.title, reverse("modalities:page", args=[page.slug]), asked, "review_due",
            "Review overdue" if late else "Review due", page.review_due_on,
        )  # fmt: skip
    yield from _template_reviews(mine)


def _template_reviews(mine: Q) -> Iterable[EditorialTask]:
    titles = PlanTemplateVersion.objects.in_force().filter(template=OuterRef("pk")).values("title")[:1]
    rows = PlanTemplate.objects.for_reviews().filter(mine, review_due_on__lte=centre_today() + AHEAD)
    for row in rows.annotate(title=Subquery(titles)).order_by("review_due_on", "pk"):
        late = row.review_due_on is not None and row.review_due_on < centre_today()
        asked = "Read the template again" + ("" if row.responsible_id else "; it is nobody's yet")
        yield EditorialTask(
            row.title, reverse("careplans:template", args=[row.slug]), asked, "review_due",
            "Review overdue" if late else "Review due", row.review_due_on,
        )  # fmt: skip


Open = Draft | RuleSetVersion | PlanTemplateVersion


def _asked(one: Open) -> EditorialTask:
    return EditorialTask(_title(one), _path(one), "Approve it or send it back", "in_review", "In review")


def _came_back(one: Any) -> EditorialTask:
    return EditorialTask(_title(one), _path(one), one.back, "sent_back", "Sent back")


def _writing(one: Open) -> EditorialTask:
    return EditorialTask(_title(one), _path(one), "You write on it; it is not in review", "draft", "Draft")


def _title(one: Open) -> str:
    if isinstance(one, PlanTemplateVersion):
        return f"Template “{one.title}”"
    return one.title if isinstance(one, Draft) else f"Rules, draft {one.label}"


def _path(one: Open) -> str:
    if isinstance(one, PlanTemplateVersion):
        return reverse("careplans:template_draft", args=[one.template.slug])
    if isinstance(one, RuleSetVersion):
        return reverse("careplans:rule_draft")
    return reverse("modalities:draft", args=[one.modality.slug])
