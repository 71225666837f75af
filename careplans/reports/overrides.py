"""Which rules boards answer otherwise than by following them, and with which coded reasons: a work list for editors, who see
every board; and for chairs and analysts, of their own.

Counts and citations only: the notes of a board, its cases and its plans are not for editors.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q

from accounts import audit
from accounts.models import User
from accounts.permissions import boards_where, can, require
from careplans.deidentified.reader import Reader
from careplans.models import Advisory
from careplans.models.advisories import AdvisoryQuerySet
from careplans.rules.engine import Rule
from careplans.rules.kept_open import KEPT
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
    """What the report is asked for. Days include both ends and are those of UTC."""

    since: date
    until: date
    board: int | None = None
    rules: Collection[str] | None = None
    scope: Scope = EVERYWHERE


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


def read_overrides(
    wanted: ReportFilter, rules: Mapping[str, Rule], pages: Mapping[str, list[Modality]], *, by: User,
    asked: Mapping[str, str],
) -> list[OverrideRow]:  # fmt: skip
    """The rows, for a page or a program; that they were read is on the audit trail with what was `asked`. Within a reporting
    project of whole months, and without small numbers."""
    reader = Reader.of(by)
    since, until = reader.period(wanted.since, wanted.until)
    subject = (Advisory._meta.model_name or "", "counts")
    audit.record("rules.overrides_read", by=by, subject=subject, data=dict(asked))
    rows = override_rows(replace(wanted, since=since, until=until), rules, pages)
    return sorted((_suppressed(row, reader) for row in rows), key=lambda row: row.rule) if reader.is_masked else rows


def _suppressed(row: OverrideRow, reader: Reader) -> OverrideRow:
    """What fired is the sum of what became of it, and what was kept that of its reasons."""
    reasons = {f"reason {name}": number for name, number in row.reasons.items()}
    table = {name: getattr(row, name) for name in COUNTS} | reasons
    told = reader.suppress(table, [("fired", COUNTS[1:]), ("kept", list(reasons))])
    told_reasons = {name: told[f"reason {name}"] for name in row.reasons}
    fired, unanswered, gone, followed, kept = (told[name] for name in COUNTS)
    return replace(
        row, fired=fired, unanswered=unanswered, gone=gone, followed=followed, kept=kept, reasons=told_reasons
    )


def override_rows(
    wanted: ReportFilter, rules: Mapping[str, Rule], pages: Mapping[str, list[Modality]]
) -> list[OverrideRow]:
    """By rule, the one most often kept open first. Two queries, however many advisories there are."""
    rows, cited = advisories(wanted), citations(wanted)
    counts: dict[str, Any] = {answer.value: Count("pk", filter=Q(answer=answer)) for answer in Answer}
    counts |= {
        "fired": Count("pk"),
        "unanswered": Count("pk", filter=Q(answer="", ended_at=None)),
        "gone": Count("pk", filter=Q(answer="", ended_at__isnull=False)),
    }
    found = [
        OverrideRow(
            rule=row["rule"], fired=row["fired"], unanswered=row["unanswered"], gone=row["gone"],
            followed=row[Answer.FOLLOWED], kept=sum(row[answer] for answer in KEPT),
            reasons={answer.value: row[answer] for answer in KEPT}, citations=cited.get(row["rule"], []),
            advice=rules[row["rule"]].advice if row["rule"] in rules else "", pages=pages.get(row["rule"], []),
        )
        for row in rows.order_by().values("rule").annotate(**counts)
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-(row.kept or 0), -(row.fired or 0), row.rule))


def advisories(wanted: ReportFilter) -> AdvisoryQuerySet:
    """Those that fired in the period. What an amendment carried over counts once, where it was answered."""
    rows: AdvisoryQuerySet = Advisory.objects.filter(
        fired_at__gte=_start_of(wanted.since), fired_at__lt=_start_of(wanted.until + timedelta(days=1)), carried_from=None
    )  # fmt: skip
    if wanted.board is not None:
        rows = rows.filter(board=wanted.board)
    if wanted.scope.boards is not None:
        rows = rows.filter(board__in=wanted.scope.boards)
    return rows if wanted.rules is None else rows.filter(rule__in=wanted.rules)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def citations(wanted: ReportFilter) -> dict[str, list[tuple[str, int]]]:
    """Newer guidance that boards name, the most often named first."""
    rows = advisories(wanted).filter(answer=Answer.NEWER_GUIDANCE).order_by().values("rule", "citation")
    if wanted.scope.cited is not None:
        rows = rows.filter(board__in=wanted.scope.cited)
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows.annotate(times=Count("pk")).order_by("rule", F("times").desc(), "citation"):
        listed = found.setdefault(row["rule"], [])
        if len(listed) < CITATIONS:
            listed.append((row["citation"], row["times"]))
    return found
