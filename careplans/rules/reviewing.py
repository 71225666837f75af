"""What an approver does with a draft of the rules: send it back, or publish it, which takes effect at once."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans.models import RuleSetEvent, RuleSetVersion
from careplans.rules.drafts import Kind, State, check_named, hold, move, write_row
from careplans.rules.runs import finished_trial, queue_apply
from common.writing import transactional
from modalities.services.workflow import change_wanted, refuse_writer


@transactional
def send_back(row: RuleSetVersion, *, by: User, expected_version: int, comment: str) -> RuleSetVersion:
    require(by, "reference.approve")
    row = hold(row, expected_version)
    move(row, State.DRAFT, Kind.SENT_BACK, by=by, comment=change_wanted(comment))
    return row


@transactional
def publish_rule_set(row: RuleSetVersion, *, by: User, expected_version: int, comment: str = "") -> RuleSetVersion:
    """Put the draft into force for every board. Whoever wrote on it may not publish it."""
    require(by, "reference.approve")
    row = hold(row, expected_version)
    refuse_writer(row, RuleSetEvent.WRITING, by)
    if finished_trial(row) is None:
        raise ValidationError("Try exactly these rules on all open plans first, and look at what would change.")
    for rule in row.rules:
        check_named(rule)
    before = RuleSetVersion.objects.in_force().select_for_update().first()
    if (before.pk if before else None) != row.base_id:
        raise ValidationError(
            "Other rules are in force than those this draft was begun from. Discard it and begin anew."
        )
    if before is not None:
        write_row(before, by=by, state=State.SUPERSEDED)
    move(
        row, State.PUBLISHED, Kind.PUBLISHED, by=by, comment=comment.strip(), published_by=by,
        published_at=timezone.now(),
    )  # fmt: skip
    queue_apply(row, by=by)
    return row
