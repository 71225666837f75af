"""Asking for a file, cancelling it, removing it, fetching it. `careplans.exports.work` makes it."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Sum
from django.http import Http404
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import boards_where
from accounts.reach import Reach, reach_of
from accounts.reading import is_still_read, project_of
from accounts.trail import note_refusal
from careplans.exports import files
from careplans.exports.fhir.lists import FHIR, LISTS, FhirListing, fhir_listings, may_read_rows
from careplans.exports.parquet_file import check_possible
from careplans.exports.reported.listing import ReportListing, report_listing
from careplans.exports.sources import EVERYTHING, SOURCES, Filters, Listing, asked_for
from careplans.models import Export
from careplans.reports.asked import ACTION
from careplans.reports.shown import smallest_for
from careplans.reports.tables.contents import REPORTED
from common.leases import LET_GO
from common.writing import lock, transactional

Form, State = Export.Form, Export.State
# Under way at once, for one person.
MOST_OPEN = 3
FOR_EVERYTHING = ("board",)
NOT_HERE = (
    "The file is not on this server. Ask for it again; if that happens again, ask an administrator to share the"
    " folder for exports between the servers."
)
LEFT = "You may not read all of it any more. Ask for it anew: then it is of what you may read by now."


@transactional
def ask_export(*, by: User, what: str, form: str, filters: Filters, mail: bool = False) -> Export:
    """Put a file into the queue. Raises PermissionDenied, Http404 for a board that is not theirs, ValidationError for a filter or
    a form that there is not, and where too much of theirs is under way or kept."""
    found = listings(by, what, filters)
    if not found:
        # Of what was asked for there is nothing that this person may read.
        raise PermissionDenied
    _check_form(what, form)
    lock(User.objects.filter(pk=by.pk).only("pk"))
    _check_quota(by)
    counts = {one.source.name: one.count() for one in found}
    boards: dict[str, list[int]] = {}
    if isinstance(found[0], ReportListing):
        # Its moments, its period and its boards, as they are now: whenever the file is made, it says the same, or is not made.
        filters, boards = found[0].fixed, {what: sorted(found[0].boards)}
    row = Export.objects.create(
        person=by, project=project_of(by), reach=(reach_of(by) or Reach()).text, what=what, form=form,
        filters={name: list(values) for name, values in filters.items()},
        estimate=sum(counts.values()), counts=dict.fromkeys(counts, 0), boards=boards,
        mail=Export.Mail.WANTED if mail else Export.Mail.NONE,
    )  # fmt: skip
    _record("exports.requested", row, by, estimate=row.estimate, **({"boards": boards[what]} if boards else {}))
    return row


def listings(by: User, what: str, filters: Filters) -> Sequence[Listing | FhirListing | ReportListing]:
    """The lists behind a request, each with its filters checked."""
    if what == FHIR:
        return fhir_listings(by, filters)
    if what in REPORTED:
        return [report_listing(what, by, filters)]
    sources = asked_for(what, by)
    if what == EVERYTHING and (others := sorted(set(filters) - set(FOR_EVERYTHING))):
        words = f"Everything can be narrowed to one board alone: {', '.join(FOR_EVERYTHING)}."
        raise ValidationError(dict.fromkeys(others, words))
    return [Listing(source, by, filters) for source in sources]


def estimate(by: User, what: str, filters: Filters) -> int:
    """How many rows there are now. A query for each list."""
    return sum(one.count() for one in listings(by, what, filters))


def cancel_export(export: Export, *, by: User) -> None:
    """Stop it, at any moment: whoever works on it finds it taken away before the next rows are written."""
    _cancel(export, by)
    files.remove(export)


def remove_export(export: Export, *, by: User) -> None:
    """Remove its file from the server. That it was there is kept."""
    _remove(export, by)
    files.remove(export)


# A file goes when the row that says so is sure to stay: what a crash between the two leaves lying is swept away.


@transactional
def _cancel(export: Export, by: User) -> None:
    _check_own(export, by)
    values = {"state": State.CANCELLED, "finished_at": timezone.now(), **LET_GO}
    if not Export.objects.open().filter(pk=export.pk).update(**values, mail=Export.Mail.NONE):
        raise ValidationError("This export has ended already.")
    _record("exports.cancelled", export, by)


@transactional
def _remove(export: Export, by: User) -> None:
    _check_own(export, by)
    if not Export.objects.kept().filter(pk=export.pk).update(state=State.REMOVED):
        raise ValidationError("There is no file of this export any more.")
    _record("exports.removed", export, by)


@transactional
def fetch_export(export: Export, *, by: User, is_asked_about: bool = False) -> None:
    """Before the file is sent, or before its length is told where it `is_asked_about` alone (HEAD). Raises Http404 for who may
    not read any more what is in it, whatever was right when it was made; ValidationError where there is no file, with what to
    do."""
    _check_own(export, by)
    if not export.has_file:
        raise ValidationError(why_not(export))
    if not may_read(export, by):
        note_refusal(by, "exports.fetch", subject=("export", str(export.pk)))
        raise Http404
    if not files.finished(export).exists():
        raise ValidationError(NOT_HERE)
    if is_asked_about:
        return
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1, downloaded_at=timezone.now())
    _record("exports.downloaded", export, by)


def may_read(export: Export, person: User) -> bool:
    """Whether they could read all of it on this day, in the project that it is of."""
    if getattr(project_of(person), "pk", None) != export.project_id or not is_still_read(person):
        return False
    rows = all(_may_read_of(name, boards, person) for name, boards in export.boards.items())
    if export.smallest is not None and smallest_for(person, export.boards.get(export.what, ())) > export.smallest:
        # They are shown less than there stands in it.
        return False
    return rows and set(export.text_boards) <= set(boards_where(person, "text.view"))


def _may_read_of(name: str, boards: Sequence[int], person: User) -> bool:
    if name in LISTS:
        return may_read_rows(name, boards, person)
    if name in REPORTED:
        return set(boards) <= set(boards_where(person, ACTION))
    return name not in SOURCES or set(boards) <= set(boards_where(person, SOURCES[name].reads))


def kept_bytes(person: User) -> int:
    """Of the files of this person that lie on the server."""
    return int(Export.objects.kept().filter(person=person).aggregate(all=Sum("bytes"))["all"] or 0)


def keep_for() -> timedelta:
    return timedelta(days=settings.EXPORT_DAYS)


def why_not(export: Export) -> str:
    """Why there is no file to send, and what to do."""
    if export.has_file:
        return NOT_HERE
    if export.is_open:
        return "The file is not ready yet."
    if export.state == State.FAILED:
        return f"It failed: {export.reason}"
    if export.state == State.DONE and export.expires_at:
        return f"The file was kept until {export.expires_at:%-d %b %Y, %H:%M} UTC. Ask for it again."
    return f"The file is there no more ({export.get_state_display().lower()}). Ask for it again."


def _check_form(what: str, form: str) -> None:
    if form not in Form.values:
        raise ValidationError({"form": f"There is no such form. There are: {', '.join(Form.values)}."})
    if what == FHIR and form != Form.NDJSON:
        raise ValidationError({"form": "FHIR resources come as NDJSON."})
    if (what == EVERYTHING) != (form == Form.DATASET):
        raise ValidationError({"form": "A dataset holds everything, and everything comes as a dataset."})
    if form == Form.PARQUET:
        check_possible()


def _check_quota(by: User) -> None:
    if Export.objects.open().filter(person=by).count() >= MOST_OPEN:
        raise ValidationError(f"{MOST_OPEN} files of yours are being made. Wait for one, or cancel one.")
    if kept_bytes(by) >= settings.EXPORT_QUOTA_MB * 2**20:
        raise ValidationError(
            f"Your files take all the room there is for one person ({settings.EXPORT_QUOTA_MB} MB). Remove one first."
        )


def _check_own(export: Export, by: User) -> None:
    """Its page and its address are found by its own person alone; whoever comes another way is refused."""
    if export.person_id != by.pk:
        raise PermissionDenied("An export belongs to the person who asked for it.")


def _record(action: str, export: Export, by: User, **more: object) -> None:
    boards: Sequence[str] = export.filters.get("board", ())
    one = int(boards[0]) if len(boards) == 1 else None
    audit.record(action, by=by, subject=export, label=export.what, board_id=one, data=told(export) | more)


def told(export: Export) -> dict[str, object]:
    """What the audit trail keeps of it: never what stands in a row."""
    return {"form": export.form, "filters": export.filters, "rows": export.rows}
