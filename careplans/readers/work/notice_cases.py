"""Which case a notice is about, read from where it leads: so it is named as it is called today, and only to who may see it.

A notice says a patient's name as it was when it was written; a case may stand under another patient since.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, QuerySet, Value

from accounts.models import Notice, User
from careplans.models import Case, FollowUp, Patient, Plan

LEADS_TO = re.compile(r"^/(plans|cases|follow-ups|patients)/([0-9]{1,18})/")
Key = tuple[str, int]


@dataclass(frozen=True)
class NoticeGroup:
    """Notices of one page about one case, or one patient; `about` is None for those about neither."""

    about: Case | Patient | None
    notices: list[Notice]

    @property
    def case(self) -> Case | None:
        return self.about if isinstance(self.about, Case) else None

    @property
    def patient(self) -> Patient | None:
        return self.about.patient if isinstance(self.about, Case) else self.about

    @property
    def unread(self) -> list[int]:
        return [row.pk for row in self.notices if row.read_at is None]

    @property
    def told(self) -> list[tuple[Notice, str]]:
        """Each with its words, without the name that the group says already."""
        return [(row, _without(str(self.patient), row.text) if self.patient else row.text) for row in self.notices]


def by_case(notices: Sequence[Notice], user: User) -> list[NoticeGroup]:
    """In the order in which the first of each group comes. Three queries at most, however many notices there are."""
    keys = {row.pk: key for row in notices if (key := _leads_to(row.path))}
    cases = _cases_of(keys.values())
    named = Case.objects.where_can(user, "patients.view").for_naming().in_bulk(set(cases.values())) if cases else {}
    people = {pk for kind, pk in keys.values() if kind == "patients"}
    patients = Patient.objects.where_can(user, "patients.view").in_bulk(people) if people else {}
    groups: dict[Key | None, NoticeGroup] = {}
    for row in notices:
        key = keys.get(row.pk)
        about = (
            named.get(cases.get(key, 0)) or (patients.get(key[1]) if key[0] == "patients" else None) if key else None
        )
        which = (type(about).__name__, about.pk) if about is not None else None
        groups.setdefault(which, NoticeGroup(about, [])).notices.append(row)
    return list(groups.values())


def _leads_to(path: str) -> Key | None:
    found = LEADS_TO.match(path)
    return (found[1], int(found[2])) if found else None


def _cases_of(keys: Iterable[Key]) -> dict[Key, int]:
    """The case of each plan and follow-up, and each case itself. One query, and none where there is none."""
    wanted: dict[str, set[int]] = {}
    for kind, pk in keys:
        wanted.setdefault(kind, set()).add(pk)
    tables: dict[str, QuerySet[Any]] = {"plans": Plan.objects.all(), "follow-ups": FollowUp.objects.all()}
    parts = [
        rows.filter(pk__in=wanted[kind]).order_by().values_list(Value(kind, CharField()), F("pk"), F("case"))
        for kind, rows in tables.items()
        if kind in wanted
    ]
    found = {("cases", pk): pk for pk in wanted.get("cases", ())}
    if parts:
        found |= {(kind, pk): case for kind, pk, case in parts[0].union(*parts[1:], all=True)}
    return found


def _without(name: str, text: str) -> str:
    """“Overdue: step 1” of “Ashdown, Beatrix. Overdue: step 1”; a text that names somebody else stays whole."""
    for mark in (". ", ": ", ", "):
        if text.startswith(name + mark):
            rest = text[len(name + mark) :]
            return rest[:1].upper() + rest[1:]
    return text
