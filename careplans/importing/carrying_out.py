"""An upload is looked at, then carried out: by the same code, in one transaction that is taken back or kept.

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
from careplans.importing.merging import take_merge
from careplans.importing.numbers import Numbers
from careplans.importing.outcomes import Outcome, Work
from careplans.importing.people import take_person
from careplans.importing.tumour_parts import take_findings, take_tumour
from careplans.importing.uploads import MOST_BYTES, NotRead, Person, Upload
from careplans.models import Import, ImportedPart
from careplans.services.imports import imported_before, keep_import
from careplans.services.known_patients import counting_guesses, look_up
from careplans.services.patient_numbers import known_under, no_fit
from common.errors import Conflict
from common.writing import aside, lock, transactional

ACTION = "patients.edit"
OTHERWISE = (
    "What this would do has changed since you looked at it. Nothing was imported: look at it again, then decide."
)


class _TakenBack(Exception):
    """The preview is complete; nothing of it is kept."""

    def __init__(self, outcome: Outcome, refusals: list[audit.TellingRefusal]) -> None:
        super().__init__()
        self.outcome, self.refusals = outcome, refusals


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
    """What it would do. Nothing is kept but who looked, and what a refusal told."""
    require(by, ACTION, board)
    guessed = _count_guesses(board, upload, by=by)
    try:
        _carry_out(board, by=by, upload=upload, guessed=guessed, digest=None, confirmed=())
    except _TakenBack as found:
        _record_look(board, found.outcome, found.refusals, by=by)
        return found.outcome
    raise AssertionError("A preview is taken back.")


def apply(board: Board, *, by: User, upload: Upload, digest: str, confirmed: Collection[str]) -> Outcome:
    """All of it, by this person, as it was looked at. Raises Conflict where it would do something else by now."""
    require(by, ACTION, board)
    guessed = _count_guesses(board, upload, by=by)
    try:
        return _carry_out(board, by=by, upload=upload, guessed=guessed, digest=digest, confirmed=confirmed)
    except NotImported as refused:
        _record_look(board, refused.outcome, refused.refusals, by=by)
        raise


@transactional
def _carry_out(
    board: Board, *, by: User, upload: Upload, guessed: dict[str, str], digest: str | None, confirmed: Collection[str]
) -> Outcome:
    # Two uploads into one board come one after the other: the second is compared with what the first did.
    [board] = lock(type(board).objects.filter(pk=board.pk))
    known = {
        "format": upload.format,
        "source": upload.source,
        "number": upload.number,
        "content_hash": upload.content_hash,
    }
    work = Work(board, by, upload, guessed=guessed)
    before = imported_before(board, **known)
    if before is None:
        _take(work)
    outcome = Outcome(upload, work.parts, [*upload.left_out, *work.left_out], before)
    if digest is None:
        raise _TakenBack(outcome, work.refusals)
    if before is not None:
        return outcome
    _check(outcome, digest, confirmed, work.refusals)
    parts = [
        ImportedPart(place=one.place[:120], does=one.does, key=one.key[:200], patient=one.patient, case=one.case)
        for one in work.parts
    ]
    outcome.done = keep_import(board, by=by, **known, sent_at=upload.sent_at, parts=parts)
    return outcome


def _take(work: Work) -> None:
    for person in work.upload.people:
        take_person(work, person)
    for tumour in work.upload.tumours:
        take_tumour(work, tumour)
    take_findings(work, work.upload.tumours, work.upload.findings)
    for merge in work.upload.merges:
        take_merge(work, merge)


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


def _count_guesses(board: Board, upload: Upload, *, by: User) -> dict[str, str]:
    """Before the transaction, which may be taken back: a number with another's date of birth counts as a guess, as it does on the
    form of a new patient. By the place of the person, why they are refused."""
    guessed = {}
    for person in upload.people:
        if words := _guess(board, person, by=by):
            guessed[person.place] = words
    return guessed


def _guess(board: Board, person: Person, *, by: User) -> str:
    record = Numbers(board, person.numbers).record
    if not record or person.born is None:
        return ""
    try:
        with counting_guesses(board, by=by, record_number=record):
            look = look_up(board, by=by, record_number=record, birth_date=person.born)
            if look.refusal and (other := known_under(board, record)):
                raise no_fit(board, other, by=by)
    except ValidationError as error:
        # The look-up has told the trail already.
        return " ".join(error.messages)
    return ""
