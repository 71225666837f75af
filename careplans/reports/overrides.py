"""Which rules boards answer otherwise than by following them, and with which coded reasons: a work list for editors, who see
every board; and for chairs and analysts, of their own.

Counts and citations only: the notes of a board, its cases and its plans are not for editors. What is counted says the report of
the answers to rules (`answers.py`), so that the two tell the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import boards_where, can, require
from careplans.deidentified.reader import Reader
from careplans.models import Advisory
from careplans.readers.known import nouns_in, settled_now
from careplans.readers.known.asked import read_moments, unknown_before
from careplans.reports.answering import Row, counted
from careplans.reports.answers import ANSWERS
from careplans.reports.asked import Asked
from careplans.reports.declared import Dimension
from careplans.reports.figures import HIDDEN, Share
from careplans.reports.shown import figures_of, smallest_for
from careplans.rules.engine import Rule
from careplans.rules.kept_open import KEPT
from common.centre_day import centre_zone
from modalities.models import Modality

Answer = Advisory.Answer
# More citations of one rule than this are a matter for talk, not for a table.
CITATIONS = 10


@dataclass(frozen=True)
class Scope:
    """Of which boards somebody reads the report, and of which the citations, too, which people wrote. None: of all."""

    boards: Collection[int] | None
    cited: Collection[int] | None


# What fired, and then what it is the sum of.
COUNTS = ("fired", "unanswered", "gone", "followed", "kept")
EVERYWHERE = Scope(None, None)


@dataclass(frozen=True)
class ReportFilter:
    """What the report is asked for. Days include both ends, and are those of the board on which an advisory fired."""

    since: date
    until: date
    board: int | None = None
    rules: Collection[str] | None = None
    scope: Scope = EVERYWHERE
    as_of: datetime | None = None
    """Nothing counts that happened later; None: now."""
    known_by: datetime | None = None
    """Nothing counts that was written later; None: as `as_of`."""


def scope_of(user: User) -> Scope:
    """Raises PermissionDenied for who neither works on the rules nor leads or counts on a board."""
    if can(user, "reference.approve") or can(user, "reference.edit"):
        return EVERYWHERE
    require(user, "overrides.view")
    boards = boards_where(user, "overrides.view")
    return Scope(boards, [pk for pk in boards if can(user, "text.view", pk)])


@dataclass(frozen=True)
class OverrideRow:
    """One rule. `unanswered` still fire; `gone` stopped firing before anybody answered. None: too small a number to be shown
    within a reporting project, or one that would tell it."""

    rule: str
    fired: int | None
    unanswered: int | None
    gone: int | None
    followed: int | None
    kept: int | None
    reasons: Mapping[str, int | None]
    advice: str = ""
    citations: list[tuple[str, int]] = field(default_factory=list)
    pages: list[Modality] = field(default_factory=list)


class Told(NamedTuple):
    """`has_left_out`: rules of which nothing may be shown are not there."""

    rows: list[OverrideRow]
    has_left_out: bool = False


def read_overrides(
    wanted: ReportFilter, rules: Mapping[str, Rule], pages: Mapping[str, list[Modality]], *, by: User,
    asked: Mapping[str, str],
) -> Told:  # fmt: skip
    """The rows, for a page or a program; that they were read is on the audit trail with what was `asked`. Whoever counts from
    outside of a board is shown no small numbers, nor anybody within a reporting project, who reads whole months, too; the editors
    of the rules work by this list, and read it as it is."""
    reader = Reader.of(by)
    since, until = reader.period(wanted.since, wanted.until)
    subject = (Advisory._meta.model_name or "", "counts")
    audit.record("rules.overrides_read", by=by, subject=subject, data=dict(asked))
    wanted = replace(wanted, since=since, until=until)
    smallest = smallest_of(wanted.scope, by, wanted.board)
    if smallest <= 1:
        return Told(override_rows(wanted, rules, pages))
    return _shown_rows(wanted, rules, pages, by, smallest)


@dataclass(frozen=True)
class Moments:
    """`known_from`: from when on the record is known, where one of the two lies before it; else None."""

    as_of: datetime
    known_by: datetime
    known_from: datetime | None

    @property
    def day(self) -> date:
        return timezone.localtime(self.as_of, centre_zone()).date()


def read_override_moments(params: Mapping[str, str], by: User) -> Moments:
    """As reports read them; within a reporting project, of the last whole month. Raises ValidationError by the name of the
    parameter."""
    errors: dict[str, str] = {}
    reader, zone, nouns = Reader.of(by), centre_zone(), nouns_in(ANSWERS.unit)
    moment, late, now = read_moments(params, zone, errors, nouns=nouns, moved=lambda one: reader.as_of(one, zone))
    if errors:
        raise ValidationError(errors)
    return Moments(moment, late, unknown_before(moment, late, now, nouns))


def smallest_of(scope: Scope, by: User, board: int | None = None) -> int:
    """Of the boards that are asked about: of the one, where it is asked about alone."""
    if scope.boards is None:
        return 1
    return smallest_for(by, scope.boards if board is None else [board])


def _shown_rows(
    wanted: ReportFilter, rules: Mapping[str, Rule], pages: Mapping[str, list[Modality]], by: User, smallest: int
) -> Told:
    """By rule, in their own order: each figure as the report of the answers shows it, so that neither tells what the other leaves
    out. A rule of which is not told how often it fired is not there."""
    asked, project = _asked(wanted), Reader.of(by).project
    # Somebody wrote it: text, as a project may leave out.
    cited = citations(wanted) if project is None or project.allows_text else {}
    whole = figures_of(replace(asked, by=("rule",)), by=by, every=True).rows
    by_answer = figures_of(replace(asked, by=("rule", "answer")), by=by, every=True).rows
    reasons: dict[str, dict[str, int | None]] = {}
    for row in by_answer:
        reasons.setdefault(row.at["rule"], {})[row.at["answer"]] = _number(row.figures["fired"])
    found = [
        OverrideRow(
            rule=rule, **{name: _number(row.figures[name]) for name in COUNTS},
            reasons=_reasons(reasons.get(rule, {})),
            citations=[(text, times) for text, times in cited.get(rule, []) if times >= smallest],
            advice=rules[rule].advice if rule in rules else "", pages=pages.get(rule, []),
        )
        for row in whole if wanted.rules is None or row.at["rule"] in wanted.rules
        for rule in [row.at["rule"]]
    ]  # fmt: skip
    shown = sorted((row for row in found if row.fired is not None), key=lambda row: row.rule)
    return Told(shown, has_left_out=len(shown) < len(found))


def _number(figure: Any) -> int | None:
    if figure is HIDDEN:
        return None
    return figure.count if isinstance(figure, Share) else int(figure)


def _reasons(told: Mapping[str, int | None]) -> dict[str, int | None]:
    """That one is missing tells as much as its number does: where one is not shown, none is that was not given."""
    nothing = None if None in told.values() else 0
    return {answer.value: told.get(answer.value, nothing) for answer in KEPT}


def override_rows(
    wanted: ReportFilter, rules: Mapping[str, Rule], pages: Mapping[str, list[Modality]]
) -> list[OverrideRow]:
    """By rule, the one most often kept open first: what the report of the answers to rules counts, told by rule and answer. Three
    statements, however many advisories there are."""
    asked, cited = _asked(wanted), citations(wanted)
    told: dict[str, dict[str | None, Row]] = {}
    for row in counted(asked, ("rule", "answer")):
        told.setdefault(row.at["rule"], {})[row.at["answer"]] = row
    found = [
        _row(rule, answers, cited.get(rule, []), rules, pages)
        for rule, answers in told.items()
        if wanted.rules is None or rule in wanted.rules
    ]
    return sorted(found, key=lambda row: (-(row.kept or 0), -(row.fired or 0), row.rule))


def _row(
    rule: str, answers: Mapping[str | None, Row], cited: list[tuple[str, int]], rules: Mapping[str, Rule],
    pages: Mapping[str, list[Modality]],
) -> OverrideRow:  # fmt: skip
    def number(measure: str, *of: str | None) -> int:
        return sum(row.figures[measure] for code, row in answers.items() if not of or code in of)

    return OverrideRow(
        rule=rule, fired=number("fired"), unanswered=number("unanswered"), gone=number("gone"),
        followed=number("fired", Answer.FOLLOWED), kept=number("fired", *KEPT),
        reasons={answer.value: number("fired", answer) for answer in KEPT}, citations=cited,
        advice=rules[rule].advice if rule in rules else "", pages=pages.get(rule, []),
    )  # fmt: skip


def _asked(wanted: ReportFilter) -> Asked:
    """The report of the answers, asked for these boards: an editor's are all there are."""
    now = wanted.as_of or settled_now()
    boards = (
        Board.objects.order_by("pk").values_list("pk", flat=True)
        if wanted.scope.boards is None
        else wanted.scope.boards
    )
    chosen = tuple(pk for pk in boards if wanted.board in (None, pk))
    day = timezone.localtime(now, centre_zone()).date()
    return Asked(ANSWERS, chosen, day, now, wanted.known_by or now, wanted.since, wanted.until, ())


# What boards wrote beside an answer is no code, so no dimension of the report: it is read here alone.
_CITED = replace(
    ANSWERS,
    unit=f"SELECT c.*, w.citation FROM ({ANSWERS.unit}) c JOIN {{then_advisory}} w ON w.id = c.id",  # noqa: S608  # declared
    dimensions=(
        *ANSWERS.dimensions,
        Dimension("citation", "Citation", "citation", "Newer guidance that a board names."),
    ),
)


def citations(wanted: ReportFilter) -> dict[str, list[tuple[str, int]]]:
    """Newer guidance that boards name, the most often named first."""
    asked = replace(_asked(wanted), report=_CITED, wanted={"answer": Answer.NEWER_GUIDANCE.value})
    if wanted.scope.cited is not None:
        asked = replace(asked, boards=tuple(pk for pk in asked.boards if pk in wanted.scope.cited))
    found: dict[str, list[tuple[str, int]]] = {}
    rows = counted(asked, ("rule", "citation"))
    for row in sorted(rows, key=lambda row: (row.at["rule"], -row.figures["fired"], row.at["citation"])):
        listed = found.setdefault(row.at["rule"], [])
        if len(listed) < CITATIONS:
            listed.append((row.at["citation"], row.figures["fired"]))
    return found
