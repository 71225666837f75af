"""Makes the files: claim, write in chunks, settle.

The row is the queue. Any number of workers may call `work_exports` at once, and each may be killed at any moment: an export
whose lease is over is taken up by another, behind the last chunk that was recorded. A chunk is on the disk before the row says
so; what lies behind that place in the part was written by somebody who died, and is cut off.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.reach import narrow
from accounts.reading import enter
from careplans.exports import files
from careplans.exports.asking import LEFT, may_read
from careplans.exports.ending import settle_done, settle_failed
from careplans.exports.fhir.lists import LISTS, FhirListing, fhir_listing
from careplans.exports.making import write_file
from careplans.exports.reported.listing import ReportedStretch, ReportListing, report_listing
from careplans.exports.sources import EVERYTHING, READING, SOURCES, Listing, next_keys
from careplans.exports.stretch import Stretch, next_stretch, size_of_next
from careplans.models import Export
from careplans.outbox.shutdown import is_stopping
from careplans.reports.tables.contents import REPORTED
from common.leases import MOST_LOST, Lease, LostError, nobody_holds

log = logging.getLogger(__name__)

# How long one call works before it gives the export back, so that reminders in the same worker are not held up.
BUDGET_SECONDS = 8.0
# Rows of a chunk; 0: as many as weigh enough (stretch.py).
CHUNK = 0
# So many rows nobody has to wait for: they are made while their person looks on.
AT_ONCE = 1000
# The lease is renewed after so many rows of the file that is made at the end.
HOLD_EVERY = 2000

State = Export.State
LEASE = Lease(timedelta(seconds=60), state=State.RUNNING)
# While a report is worked out, which says nothing in between: longer than the slowest takes.
LONG_LEASE = Lease(timedelta(minutes=10), state=State.RUNNING)


LOST = (
    f"The process that made it ended {MOST_LOST} times before it was ready: mostly it needs more memory or time than there is. "
    "Ask for smaller parts: one board, a shorter period, NDJSON; if that fails too, tell an administrator."
)


class StoppingError(Exception):
    """The process ends: another goes on."""


class ManyLostError(Exception):
    """Nobody lived to write down why."""


def work_exports(seconds: float = BUDGET_SECONDS) -> bool:
    """Work for a while on one export; False when there is nothing to do. Safe to call many times at once."""
    export = claim()
    if export is None:
        return False
    work_on(export, seconds)
    return True


def work_at_once(export: Export) -> None:
    """A small file, while its person waits. What is not ready in time goes on in the background."""
    if export.estimate <= AT_ONCE and (taken := claim(export)):
        work_on(taken, BUDGET_SECONDS, is_watched=True)
        export.refresh_from_db()


def claim(only: Export | None = None) -> Export | None:
    """One that waits, or whose worker has not been heard of for a lease: that with the fewest rows so far first, so that a
    small one does not wait for a large one."""
    free = Export.objects.filter(Q(state=State.QUEUED) | Q(nobody_holds(), state=State.RUNNING))
    rows = free if only is None else free.filter(pk=only.pk)
    return LEASE.take_one(rows.order_by("rows", "pk"), "person", started_at=Coalesce("started_at", Now()))


def work_on(export: Export, seconds: float, *, is_watched: bool = False) -> None:
    """Until it is done or the time is over. `is_watched`: its person sees the end, and is not told of it."""
    until = monotonic() + seconds
    try:
        # Moments are told in UTC, whoever's page it is that looks on.
        with LEASE.outlived(export), timezone.override(None):
            _check_lost(export)
            files.begin(export)
            if export.read_from is None or _is_lost(export):
                _begin_reading(export)
            _go_on(export, until, is_watched)
    except LostError:
        log.info("export %s was cancelled or taken up elsewhere", export.pk)
        _clear_away(export)
    except (OperationalError, InterfaceError):
        raise  # no database: the export is taken up again after its lease
    except ManyLostError as error:
        _fail(export, error, LOST, is_watched)
    except OSError as error:
        _fail(export, error, files.told(error), is_watched)
    except (PermissionDenied, Http404) as error:
        _fail(export, error, LEFT, is_watched)
    except ValidationError as error:
        _fail(export, error, " ".join(error.messages), is_watched)
    except Exception as error:
        # The name only: the words of an error may hold what nobody should read here.
        words = f"It could not be written ({type(error).__name__}). Ask for it again; if that fails too, tell an administrator."
        _fail(export, error, words, is_watched)


def _check_lost(export: Export) -> None:
    """Of all that it has lost, wherever: on a machine that is laid anew after each, it is begun anew each time."""
    if LEASE.has_lost_too_many(export):
        raise ManyLostError


def _go_on(export: Export, until: float, is_watched: bool) -> None:
    """Chunk by chunk; where the time is over, another may take it up at once. Raises LostError, at that moment, too."""
    try:
        while _chunk(export, is_watched=is_watched):
            if monotonic() > until or is_stopping():
                raise StoppingError
    except StoppingError:
        # From now on it waits for a worker, and whoever watches the queue sees since when.
        LEASE.write(export, token=None, lease_until=Now())


def _fail(export: Export, error: Exception, words: str, is_watched: bool) -> None:
    log.error("export %s failed: %s", export.pk, type(error).__name__)
    if settle_failed(LEASE.held(export), export, words, is_watched=is_watched):
        files.remove(export)


def names_of(export: Export) -> list[str]:
    """The lists in it, in their order."""
    return [name for name in (*READING, *LISTS, *REPORTED) if name in export.counts]


def _chunk(export: Export, *, is_watched: bool) -> bool:
    """The next rows, or the file of all of them. False when it is done."""
    names = names_of(export)
    if export.place >= len(names):
        _make(export, is_watched=is_watched)
        return False
    name = names[export.place]
    listing = listing_of(export, name)
    found = _next(export, listing)
    if found is None:
        is_last = export.place + 1 == len(names)
        _advance(
            export,
            place=export.place + 1,
            cursor=None,
            after="",
            position=0,
            read_until=timezone.now() if is_last else None,
        )
        return True
    boards, texts = found.boards, set(listing.text_boards)
    with files.held(export):
        LEASE.renew(export)
        end = files.append(files.part(export, name), export.position, found.lines)
        _advance(
            export, cursor=found.last, position=end, rows=export.rows + found.rows,
            counts=export.counts | {name: export.counts[name] + found.rows},
            boards=export.boards | {name: sorted(boards | set(export.boards.get(name, ())))},
            text_boards=sorted((boards & texts) | set(export.text_boards)), **_place_in_report(found),
        )  # fmt: skip
    return True


def _next(export: Export, listing: Listing | FhirListing | ReportListing) -> Stretch | None:
    if isinstance(listing, ReportListing):
        LONG_LEASE.renew(export)
        return listing.next(export.after, is_begun=export.cursor is not None)
    below = export.below.get(listing.name) if export.cursor is None else export.cursor
    return next_stretch(listing, below, CHUNK or size_of_next(export.counts[listing.name], export.position))


def _place_in_report(found: Stretch) -> dict[str, object]:
    if not isinstance(found, ReportedStretch):
        return {}
    told = {"after": found.after, "smallest": found.smallest}
    return told | {"hidden_figures": found.hidden, "leaves_rows_out": found.has_left_out}


def reader_of(export: Export) -> User:
    """Its person, who reaches no further than the token that asked for it: rights may have gone since the chunk before. Raises
    PermissionDenied where they may not read any more what is written."""
    person = User.objects.get(pk=export.person_id)
    narrow(person, export.reached)
    enter(person, export.project)
    if not person.is_active or not may_read(export, person):
        raise PermissionDenied
    return person


def listing_of(export: Export, name: str) -> Listing | FhirListing | ReportListing:
    """As whoever asked for it may read it now. Raises PermissionDenied, Http404."""
    person = reader_of(export)
    if name in LISTS:
        return fhir_listing(name, person, export.filters)
    if name in REPORTED:
        return report_listing(name, person, export.filters, export.boards.get(name))
    return Listing(SOURCES[name], person, export.filters)


def _make(export: Export, *, is_watched: bool) -> None:
    """The file of all rows, under a name of this worker's own until it is whole."""
    reader_of(export)
    LEASE.renew(export, is_making=True)
    mine = files.part(export, f"making-{export.token}")
    try:
        write_file(export, names_of(export), mine, lambda rows: _keeping_hold(export, rows))
        size, sha256 = files.size_of(mine), files.digest(mine)
        with files.held(export):
            LEASE.renew(export)
            mine.replace(files.finished(export))
            if not settle_done(LEASE.held(export), export, size, sha256, is_watched=is_watched):
                raise LostError
    finally:
        mine.unlink(missing_ok=True)
    for name in names_of(export):
        files.part(export, name).unlink(missing_ok=True)


def _keeping_hold(export: Export, rows: Iterable[Any]) -> Iterator[Any]:
    for count, row in enumerate(rows, start=1):
        if count % HOLD_EVERY == 0:
            LEASE.renew(export)
            if is_stopping():
                raise StoppingError
        yield row


def _is_lost(export: Export) -> bool:
    """Written on another machine, or lost with a disk: the rows are read anew."""
    names = names_of(export)
    done = [files.part(export, name).exists() for name in names[: export.place] if export.counts[name]]
    here = names[export.place] if export.place < len(names) else None
    if all(done) and (here is None or files.size_of(files.part(export, here)) >= export.position):
        return False
    log.info("the rows of export %s are not on this machine: begun anew", export.pk)
    return True


def _begin_reading(export: Export) -> None:
    """From the first row. Where it is of several lists, it is fixed which rows are there."""
    names = names_of(export)
    now = timezone.now()
    # Of which boards a report is, was fixed when it was asked for.
    boards = {name: export.boards[name] for name in names if name in REPORTED and name in export.boards}
    below = next_keys(names) if export.what == EVERYTHING else {}
    _advance(
        export, place=0, cursor=None, after="", position=0, rows=0, counts=dict.fromkeys(names, 0), boards=boards, text_boards=[],
        is_making=False, smallest=None, hidden_figures=None, leaves_rows_out=None, below=below, read_from=now, read_until=None,
    )  # fmt: skip


def _clear_away(export: Export) -> None:
    """Of one that was cancelled or removed meanwhile: what this worker wrote after its folder was removed."""
    if not Export.objects.filter(pk=export.pk, state__in=(*Export.OPEN, State.DONE)).exists():
        files.remove(export)


def _advance(export: Export, **values: Any) -> None:
    LEASE.renew(export, **values)
    for name, value in values.items():
        setattr(export, name, value)
