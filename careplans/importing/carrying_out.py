"""An upload is looked at, then carried out: by the same code, in transactions that are taken back, or in one that is kept.

So the preview is what happens, guards and constraints included. Kept is all of it or nothing; and only where what is shown is
what was looked at (`digest`), and each question of it was answered (`confirmed`).
"""

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans.importing.adt import read_adt
from careplans.importing.bundles import read_bundle
from careplans.importing.er7 import as_text
from careplans.importing.holding import by_number, hold
from careplans.importing.merging import take_merge
from careplans.importing.numbers import count_guesses
from careplans.importing.outcomes import Outcome, Part, Work
from careplans.importing.people import take_person
from careplans.importing.pieces import Piece, in_pieces
from careplans.importing.tumour_parts import take_findings, take_tumour
from careplans.importing.uploads import MOST_BYTES, LeftOut, NotRead, Upload
from careplans.models import Import, ImportedPart
from careplans.services.imports import imported_before, keep_import
from common.errors import Conflict
from common.writing import aside, let_others_write, transactional

ACTION = "patients.edit"
OTHERWISE = (
    "What this would do has changed since you looked at it. Nothing was imported: look at it again, then decide."
)


class _TakenBack(Exception):
    """It was looked at; nothing of it is kept."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work


class NotImported(ValidationError):
    """A part is refused, or a question was not answered: nothing was imported. With what was looked at."""

    def __init__(self, words: dict[str, list[str]], outcome: Outcome, refusals: list[audit.TellingRefusal]) -> None:
        super().__init__(words)
        self.outcome, self.refusals = outcome, refusals


def format_of(content: bytes | str) -> str:
    """JSON begins with a brace, and no message does."""
    head = content[:100].decode("iso-8859-1") if isinstance(content, bytes) else content[:100]
    return Import.Format.BUNDLE if head.lstrip("\ufeffï»¿ \t\r\n").startswith("{") else Import.Format.ADT


def text_of(content: bytes | str) -> str:
    """What was read, as text: for a page that sends it once more."""
    if isinstance(content, str):
        return content
    return as_text(content) if format_of(content) == Import.Format.ADT else content.decode("utf-8-sig")


def read_upload(board: Board, *, format: str, content: bytes | str) -> Upload:
    """Raises ValidationError with the place, where the whole cannot be taken."""
    size = len(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        words = (
            f"This has {size / 1000:,.0f} kB; at most {MOST_BYTES // 1000} kB are looked at together. Send it in parts."
        )
        raise ValidationError({"content": words})
    try:
        upload = read_adt(content, board.zone) if format == Import.Format.ADT else read_bundle(content)
    except NotRead as error:
        raise ValidationError({"content": f"{error.place}: {error.words}"}) from error
    _check_kind_of_data(upload)
    return upload


def _check_kind_of_data(upload: Upload) -> None:
    """A demo takes invented people only, and the record of a hospital none."""
    how = "MSH-11 is T" if upload.format == Import.Format.ADT else "each Patient has the tag HTEST of v3-ActReason"
    if settings.DEMO and not upload.is_test and (upload.people or upload.tumours or upload.findings):
        raise ValidationError(
            {"content": f"This is a demo, and takes invented patients only. An upload says that of itself: {how}."}
        )
    if upload.is_test and not settings.DEMO:
        raise ValidationError(
            {"content": f"The upload says that it is test data ({how}), which does not belong into the record."}
        )


def preview(board: Board, *, by: User, upload: Upload) -> Outcome:
    """What it would do. Nothing is kept but who looked, and what a refusal told. The board is held for a moment at a time: a
    large upload is looked at in pieces that know nothing of each other."""
    require(by, ACTION, board)
    guessed = count_guesses(board, upload, by=by)
    before = imported_before(board, **_named(upload))
    outcome, refusals = Outcome(upload, [], upload.left_out, before), list[audit.TellingRefusal]()
    if before is None:
        found: list[tuple[Piece, Work]] = []
        for piece in in_pieces(board, upload):
            if found:
                let_others_write()
            found.append((piece, _tried(board, piece.upload, guessed, by=by)))
        parts = dict(pair for piece, work in found for pair in zip(piece.positions, work.parts, strict=True))
        outcome = _outcome(
            upload, [parts[at] for at in sorted(parts)], [told for _, work in found for told in work.left_out]
        )
        refusals = [refusal for _, work in found for refusal in work.refusals]
    _record_look(board, outcome, refusals, by=by)
    return outcome


def apply(board: Board, *, by: User, upload: Upload, digest: str, confirmed: Collection[str]) -> Outcome:
    """All of it, by this person, as it was looked at. Raises Conflict where it would do something else by now."""
    require(by, ACTION, board)
    guessed = count_guesses(board, upload, by=by)
    try:
        return _carry_out(board, by=by, upload=upload, guessed=guessed, digest=digest, confirmed=confirmed)
    except NotImported as refused:
        _record_look(board, refused.outcome, refused.refusals, by=by)
        raise


def _tried(board: Board, upload: Upload, guessed: dict[str, str], *, by: User) -> Work:
    try:
        _try(board, by=by, upload=upload, guessed=guessed)
    except _TakenBack as found:
        return found.work
    raise AssertionError("What is tried is taken back.")


@transactional
def _try(board: Board, *, by: User, upload: Upload, guessed: dict[str, str]) -> None:
    work = Work(board, by, upload, guessed=guessed)
    hold(work)
    _take(work)
    raise _TakenBack(work)


@transactional
def _carry_out(
    board: Board, *, by: User, upload: Upload, guessed: dict[str, str], digest: str, confirmed: Collection[str]
) -> Outcome:
    work = Work(board, by, upload, guessed=guessed)
    hold(work)
    before = imported_before(board, **_named(upload))
    if before is not None:
        return Outcome(upload, [], upload.left_out, before)
    _take(work)
    outcome = _outcome(upload, work.parts, work.left_out)
    _check(outcome, digest, confirmed, work.refusals)
    parts = [
        ImportedPart(place=one.place[:120], does=one.does, key=one.key[:200], patient=one.patient, case=one.case)
        for one in work.parts
    ]
    outcome.done = keep_import(board, by=by, **_named(upload), sent_at=upload.sent_at, parts=parts)
    return outcome


def _named(upload: Upload) -> dict[str, str]:
    return {
        "format": upload.format, "source": upload.source, "number": upload.number, "content_hash": upload.content_hash,
    }  # fmt: skip


def _take(work: Work) -> None:
    for person in by_number(work):
        take_person(work, person)
    work.parts = [work.people[person.key] for person in work.upload.people]
    for tumour in work.upload.tumours:
        take_tumour(work, tumour)
    take_findings(work, work.upload.tumours, work.upload.findings)
    for merge in work.upload.merges:
        take_merge(work, merge)


def _outcome(upload: Upload, parts: list[Part], left_out: list[LeftOut]) -> Outcome:
    """What is left out stands in the order of the parts, in however many pieces they were looked at."""
    at = {part.place: number for number, part in enumerate(parts)}
    return Outcome(upload, parts, [*upload.left_out, *sorted(left_out, key=lambda one: at[one.place])])


def _check(outcome: Outcome, digest: str, confirmed: Collection[str], refusals: list[audit.TellingRefusal]) -> None:
    """In this order: what is refused whoever confirms it, what changed meanwhile, what nobody answered."""
    if outcome.problems:
        told = [f"{one.place}: {one.words}" for one in outcome.problems]
        raise NotImported({"content": [*told, "Nothing of this upload was imported."]}, outcome, refusals)
    if digest != outcome.digest:
        raise Conflict(OTHERWISE)
    open_ones = [one.words for one in outcome.questions if one.key not in confirmed]
    if open_ones:
        raise NotImported({"confirmed": [f"Not confirmed: {words}" for words in open_ones]}, outcome, refusals)


@aside
def _record_look(board: Board, outcome: Outcome, refusals: list[audit.TellingRefusal], *, by: User) -> None:
    """That somebody saw these patients, beside what they came for."""
    for refusal in refusals:
        audit.record(**refusal.event)
    known = [part for part in outcome.parts if part.patient and not part.is_new_patient]
    data = {
        "patients": sorted({part.patient.pk for part in known if part.patient}),
        "cases": sorted({part.case.pk for part in known if part.case and not part.is_new_case}),
    }  # fmt: skip
    audit.record("import_looked_at", by=by, subject=("import", "preview"), board_id=board.pk, data=data)
