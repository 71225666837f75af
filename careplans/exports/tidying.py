"""What ticks do for exports: remove what has had its time, and send the mails that say that a file is ready."""

from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.services.mails import send_page
from careplans.exports import files
from careplans.models import Export
from careplans.outbox.hold import may_send
from common.leases import pause_before
from common.writing import transactional

State, Mail = Export.State, Export.Mail
BATCH = 50
MOST_TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=1)


def remove_old_exports() -> int:
    """Files whose time is over; then folders on this machine that belong to nothing any more."""
    due = list(Export.objects.kept().filter(expires_at__lte=timezone.now())[:BATCH])
    for export in due:
        if _expire(export):
            files.remove(export)
    files.sweep()
    return len(due)


@transactional
def _expire(export: Export) -> bool:
    """Whether it was this call that ended it."""
    if not Export.objects.kept().filter(pk=export.pk).update(state=State.EXPIRED):
        return False
    audit.record("exports.expired", by=None, subject=export, label=export.what, data={"rows": export.rows})
    return True


def send_export_mails() -> int:
    """To who wants one, unless sending is held. Each is taken by one worker for some minutes; one that dies may send it twice,
    which does no harm. No message of the outbox: that belongs to a reminder of somebody's care, is escalated, passed on and
    counted, and none of this is asked of a word that a file is ready."""
    sent = 0
    if not may_send():
        return sent
    rows = Export.objects.filter(mail=Mail.WANTED, mail_due_at__lte=timezone.now()).select_related("person")
    for export in rows[:BATCH]:
        if not _is_taken(export):
            continue
        if not export.person.is_active or _is_sent(export):
            Export.objects.filter(pk=export.pk).update(mail=Mail.SENT)
            sent += 1
        elif export.mail_tries + 1 >= MOST_TRIES:
            Export.objects.filter(pk=export.pk).update(mail=Mail.FAILED)
    return sent


def _is_sent(export: Export) -> bool:
    name = "export_failed" if export.state == State.FAILED else "export_ready"
    return send_page(name, export.person, reverse("careplans:export", args=[export.pk]))


def _is_taken(export: Export) -> bool:
    # This is attempt `mail_tries` + 1; if it fails, the next one comes after the pause.
    pause = pause_before(export.mail_tries + 2, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
    mine = Export.objects.filter(pk=export.pk, mail=Mail.WANTED, mail_due_at=export.mail_due_at)
    return mine.update(mail_due_at=timezone.now() + pause, mail_tries=F("mail_tries") + 1) == 1
