"""Whoever must act on a draft of a template, or wrote on it, is told in the app, as with the draft of a reference page."""

from django.urls import reverse

from accounts.models import User
from careplans.models import PlanTemplateEvent, PlanTemplateVersion
from modalities.services.telling import Work, tell_people, writers_of
from modalities.services.workflow import SAID, tell_of_move

Kind = PlanTemplateEvent.Kind


def tell_of_template(row: PlanTemplateVersion, kind: str, *, by: User, comment: str = "") -> None:
    """After each of its moves, inside the transaction; the template is loaded."""
    slug = row.template.slug
    draft = Work(
        f"the draft of the template “{row.title}”",
        reverse("careplans:template_draft", args=[slug]),
        f"template/{row.pk}/",
    )
    if kind == Kind.WITHDRAWN:
        page = Work(f"the template “{row.title}”", reverse("careplans:template", args=[slug]), draft.key)
        wrote = writers_of(row, PlanTemplateEvent.WRITING) | ({row.published_by_id} if row.published_by_id else set())
        tell_people(page, wrote, f"{by.name} withdrew {page.name}: {comment}", by=by, turn="withdrawn")
        return
    in_force = Work(draft.name, reverse("careplans:template_version", args=[slug, row.number]), draft.key)
    tell_of_move(
        row, kind, draft, writing=PlanTemplateEvent.WRITING, said=SAID[kind], by=by, comment=comment,
        told_as=in_force if kind == Kind.PUBLISHED else None,
    )  # fmt: skip
