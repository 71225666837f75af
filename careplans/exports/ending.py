"""An export ends: the row, the notice to its person and the audit trail, in one transaction."""

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.services.notices import add_notice
from careplans.exports.asking import keep_for, told
from careplans.models import Export
from careplans.reports.scorecard.figures import SCORECARD
from careplans.reports.tables.contents import FIGURES
from common.leases import LET_GO

State = Export.State
LEFT_OUT = "What tells of fewer than {} is not shown in it; {}."
IN_FIGURES = "rows_left_out of its total says whether rows are missing for that"
IN_SCORECARD = "suppressed marks such a figure"
NOTICE = "export"


def settle_done(held: QuerySet[Export], export: Export, size: int, sha256: str, *, is_watched: bool) -> bool:
    """Its file lies there. False where it was taken from this worker meanwhile. `held`: its row, as long as that is not so."""
    now = timezone.now()
    values = {"bytes": size, "sha256": sha256, "expires_at": now + keep_for(), "reason": ""}
    return _settle(held, export, State.DONE, values, is_watched=is_watched)


def settle_failed(held: QuerySet[Export], export: Export, reason: str, *, is_watched: bool) -> bool:
    return _settle(held, export, State.FAILED, {"reason": reason[:300]}, is_watched=is_watched)


def _settle(
    held: QuerySet[Export], export: Export, state: Export.State, values: dict[str, object], *, is_watched: bool
) -> bool:
    now = timezone.now()
    ended = {"state": state, "finished_at": now, "is_making": False, **LET_GO}
    with transaction.atomic():
        if not held.update(**values, **ended):
            return False
        export.refresh_from_db()
        if not is_watched:
            _tell(export)
        # Who asked for a mail gets one, however soon it was ready: a program may have asked for somebody.
        Export.objects.filter(pk=export.pk, mail=Export.Mail.WANTED).update(mail_due_at=now)
        # Nobody did this: it belongs to what its person asked for.
        data = told(export) | {"bytes": export.bytes, "sha256": export.sha256}
        audit.record(f"exports.{state}", by=export.person, subject=export, label=export.what, data=data)
    return True


def _tell(export: Export) -> None:
    """No patient is named: that it is ready, or why it is not."""
    path = reverse("careplans:export", args=[export.pk])
    add_notice(export.person, NOTICE, words_of(export), path, f"export.{export.pk}.{export.state}", board=None)


def words_of(export: Export) -> str:
    if export.state == State.FAILED:
        return f"Your export of {export.what} has failed. {export.reason}"
    until = f" It is kept until {export.expires_at:%-d %b %Y}." if export.expires_at else ""
    few = f" {words}" if (words := left_out_of(export)) else ""
    return f"Your export of {export.what} is ready: {export.rows:,} rows.{few}{until}"


def left_out_of(export: Export) -> str:
    """That figures in it tell of no small numbers, as a sentence; empty of what has all of them. How many, its cells say."""
    of_scorecard = export.what == SCORECARD.name
    if (export.smallest or 1) <= 1 or not (of_scorecard or export.what.startswith(FIGURES)):
        return ""
    return LEFT_OUT.format(export.smallest, IN_SCORECARD if of_scorecard else IN_FIGURES)
