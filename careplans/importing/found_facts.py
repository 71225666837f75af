"""What an upload found of one case, as facts of its proforma: what is newer is set, and what nobody can tell is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.uploads import Finding, LeftOut
from careplans.importing.values import SITES, cleaned, comparable, label
from careplans.models import Case, FactChange, Proforma
from careplans.models.fact_groups import FOUND
from careplans.models.proforma import DAYS, fact_in_words
from careplans.models.specimens import FED
from careplans.readers.facts.contradictions import contradictions_of
from careplans.services.proforma import comes_from, save_proforma
from common.partial_dates import PartialDate

PATHOLOGY_ON = "pathology_on"


Found = tuple[Part, Finding]


class Facts:
    """What is found of one case."""

    def __init__(self, work: Work, case: Case) -> None:
        self.work, self.case = work, case
        self.stands = Proforma.objects.select_related("deciding_specimen").get(case=case)
        self.values: dict[str, Any] = {}
        self.asked_by: dict[str, Part] = {}
        # Of each fact that this upload tells with a day, and that holds, that day: it is dated by itself. Not what was left out.
        self.told_on: dict[str, set[PartialDate]] = {}

    def take(self, several: Sequence[tuple[Part, Finding]]) -> None:
        # The newest first, so that of two the older one is left out.
        for part, finding in sorted(
            self._of_one_specimen(self._unequivocal(several)),
            key=lambda one: one[1].on.isoformat() if one[1].on else "", reverse=True,
        ):  # fmt: skip
            try:
                self._add(part, finding)
            except ValidationError as error:
                part.refuse(part.place, " ".join(error.messages))
        if not self.values:
            return
        self._ask_about_neighbours()
        places = {name: part.place for name, part in self.asked_by.items()}
        first = next(iter(self.asked_by.values()))
        try:
            self.work.sure(first, lambda: save_proforma(self.case, self.values, by=self.work.by))
        except ValidationError as error:
            self.work.tell(first, error, places)
            return
        self._ask_about_contradictions(first)

    def _unequivocal(self, several: Sequence[Found]) -> list[Found]:
        """Without those of one fact that differ while none is certainly the newest: no place in a file decides between them."""
        of_fact: dict[str, list[Found]] = {}
        for one in several:
            of_fact.setdefault(one[1].name, []).append(one)
        kept: list[Found] = []
        for found in of_fact.values():
            newest = [one for one in found if not any(one[1].is_older(other) for _, other in found)]
            if len({comparable(finding) for _, finding in newest}) < 2:
                kept += found
                continue
            for part, _ in found:
                part.does = Does.LEFT_OUT if part.does == Does.ALREADY else part.does
            told = ", and ".join(
                f"{fact_in_words(finding.name, finding.value)} {finding.when} ({finding.place})"
                for _, finding in newest
            )
            newest[0][0].ask(
                f"either:{newest[0][1].name}",
                f"{label(newest[0][1].name)}: this upload has {told}. None of them is taken over, and what is recorded "
                "stays: enter the one that holds on the proforma.",
            )
        return kept

    def _of_one_specimen(self, several: Sequence[Found]) -> list[Found]:
        """Without what is certainly of an earlier specimen than other findings of this upload: the proforma has one day for all
        that pathology says, and would make one of two. An older finding of what is told anew is left out for that."""
        of_pathology = [finding for _, finding in several if _is_of_pathology(finding)]
        kept = []
        for part, finding in several:
            newer = next(
                (one for one in of_pathology if _is_of_pathology(finding) and _is_of_older_specimen(finding, one)), None
            )
            if newer is None or any(one.name == finding.name and finding.is_older(one) for one in of_pathology):
                kept.append((part, finding))
                continue
            self._leave_out(
                part,
                f"It was {finding.when}, and {label(newer.name)} in this upload {newer.when} ({newer.place}): "
                "facts of two specimens are never put together. Enter it as a specimen of its own.",
            )
        return self._of_one_name(kept)

    def _of_one_name(self, several: list[Found]) -> list[Found]:
        """Without what is of specimens that the upload names, and none of which is the newest for all that pathology says."""
        named = [one for one in several if _is_of_pathology(one[1]) and one[1].specimen]
        newest = [
            one for one in named if not any(one[1].is_older(other) for _, other in named if one[1].name == other.name)
        ]
        facts = {finding.name for _, finding in newest}
        of_each = {
            name: {one.name for _, one in newest if one.specimen == name}
            for name in {one.specimen for _, one in newest}
        }
        if len(of_each) < 2 or facts in of_each.values():
            return several
        for part, _ in named:
            part.does = Does.LEFT_OUT if part.does == Does.ALREADY else part.does
        told = ", and ".join(
            f"{label(finding.name)} {fact_in_words(finding.name, finding.value)} {finding.when} ({finding.place})"
            for _, finding in newest
        )
        newest[0][0].ask(
            "specimens",
            f"This upload names {len(of_each)} specimens, and none certainly says the newest of all: {told}. Facts of "
            "two specimens are never put together: what is recorded stays. Enter each as a specimen of its own.",
        )
        return [one for one in several if one not in named]

    def _is_asked(self, part: Part, finding: Finding, value: Any, recorded: PartialDate | None) -> bool:
        """Whether nobody can tell that a finding is newer than what it would replace. Then that stays, and a person is asked."""
        name = finding.name
        if not self.stands.is_recorded(name) or not self._differs(name, value):
            return False
        if recorded:
            is_newer = finding.on is None or finding.on == recorded or not finding.on.may_be(recorded)
            stands = f"found {recorded.when}"
        else:
            written = self._written_on([name])
            is_newer = bool(finding.on and written and finding.on.is_after(written))
            stands = "of which no day is recorded" + (
                f", written down {PartialDate.of(written).when}" if written else ""
            )
        if is_newer:
            return False
        part.does = Does.LEFT_OUT if part.does == Does.ALREADY else part.does
        part.ask(
            f"newer:{name}",
            f"{label(name)}: recorded is {fact_in_words(name, getattr(self.stands, name))}, {stands}; this finding says "
            f"{fact_in_words(name, value)}, {finding.when}. It is not certain that it is the newer one, so what is "
            "recorded stays: if this one holds, enter it on the proforma.",
        )
        return True

    def _written_on(self, names: Sequence[str]) -> date | None:
        """The day, by the clock of the board, on which one of these facts was last recorded."""
        last = FactChange.objects.filter(case=self.case, field__in=names).order_by("-pk").first()
        return timezone.localdate(last.at, self.case.board.zone) if last else None

    def _dates_others(self, finding: Finding, found_on: str) -> bool:
        """Whether its day would stand for facts beside it that were recorded later, without a day."""
        beside = [
            name for name, (on, _) in FOUND.items()
            if on == found_on and name not in self.values and self.stands.is_recorded(name)
        ]  # fmt: skip
        if getattr(self.stands, found_on) or not beside:
            return False
        written = self._written_on(beside)
        return written is None or finding.on is None or not finding.on.is_after(written)

    def _ask_about_neighbours(self) -> None:
        """One day stands for several facts: for those, too, of which this upload says nothing of that day, or another day that
        may be the same."""
        for found_on in sorted(
            {FOUND[name][0] for name in self.values if name in FOUND} | set(self.values) & set(DAYS)
        ):
            day = self.values.get(found_on, getattr(self.stands, found_on))
            beside = [
                name for name, (on, _) in FOUND.items()
                if on == found_on and day not in self.told_on.get(name, ())
                and (name in self.values or (found_on in self.values and self.stands.is_recorded(name)))
            ]  # fmt: skip
            if not day or not beside:
                continue
            asking = self.asked_by.get(found_on) or self.asked_by[next(one for one in beside if one in self.asked_by)]
            told = ", ".join(f"{label(name)} {self._in_words(name)} ({self._day_in_words(name)})" for name in beside)
            only = "if all of it is of one specimen" if found_on == PATHOLOGY_ON else "if it held on that day, too"
            asking.ask(
                f"dates:{found_on}",
                f"{label(found_on)}: {day} then stands for what is recorded beside it, too: {told}. Only {only}.",
            )

    def _day_in_words(self, name: str) -> str:
        """Of when a fact is by what is known of it: this upload, or the record."""
        if name in self.values:
            days = sorted(self.told_on.get(name, ()))
            return (
                f"in this upload {' and '.join(one.when for one in days)}" if days else "in this upload without a day"
            )
        was = getattr(self.stands, FOUND[name][0])
        return f"recorded of {was}" if was else "no day of it is recorded"

    def _in_words(self, name: str) -> str:
        return fact_in_words(name, self.values[name] if name in self.values else getattr(self.stands, name))

    def _differs(self, name: str, value: Any) -> bool:
        old = getattr(self.stands, name)
        return bool(set(old) != set(value)) if name == SITES else bool(old != value)

    def _add(self, part: Part, finding: Finding) -> None:
        name, value = finding.name, cleaned(finding.name, finding.value)
        if name in self.values:
            if self.values[name] == value:
                self._dates_itself(finding)
                part.notes.append("It is given twice, and both say the same.")
            else:
                self._leave_out(part, "Another finding of the same fact in this upload is newer.")
            return
        if name in FED and self.stands.deciding_specimen and value != getattr(self.stands, name):
            self._leave_out(part, comes_from(self.stands.deciding_specimen))
            return
        found_on, found_by = FOUND.get(name, ("", ""))
        recorded = getattr(self.stands, found_on) if found_on else None
        if recorded and finding.on and finding.on.is_before(recorded):
            self._leave_out(
                part, f"It was found {finding.on.when}, and what is recorded {recorded.when}: the newer one stays."
            )
            return
        if recorded and not finding.on and value != getattr(self.stands, name):
            self._leave_out(
                part, f"It does not say when it was found, and what is recorded is of {recorded}: that stays."
            )
            return
        if self._is_asked(part, finding, value, recorded):
            return
        self._dates_itself(finding)
        self._set(part, name, value)
        if found_on and finding.on and self._dates_others(finding, found_on):
            part.notes.append("Its day is not taken over: it would stand for what is recorded beside it, too.")
        elif found_on and finding.on:
            self._set_day(part, found_on, finding.on)
        elif finding.on:
            part.notes.append("The proforma has no place for the day of this finding.")
        if found_by and finding.by:
            self._set(part, found_by, cleaned(found_by, finding.by))
        elif finding.by:
            part.notes.append("The proforma has no place for how this was found.")

    def _dates_itself(self, finding: Finding) -> None:
        if finding.on:
            self.told_on.setdefault(finding.name, set()).add(finding.on)

    def _set_day(self, part: Part, found_on: str, day: PartialDate) -> None:
        """Not in place of a newer one of this upload, nor of one that may be the same and is known as exactly or more so."""
        known = self.values.get(found_on) or getattr(self.stands, found_on)
        if known and known != day and (day.is_before(known) or (day.may_be(known) and _is_rougher(day, known))):
            part.notes.append(f"{label(found_on)}: {known} is kept, which is newer or known more exactly.")
            return
        self._set(part, found_on, day)

    def _set(self, part: Part, name: str, value: Any) -> None:
        old = getattr(self.stands, name)
        if not self._differs(name, value) or (name in self.values and self.values[name] == value):
            return
        if name in FED and self.stands.deciding_specimen:
            part.notes.append(comes_from(self.stands.deciding_specimen))
            return
        self.values[name] = value
        self.asked_by[name] = part
        part.changes.append(Change(label(name), fact_in_words(name, old), fact_in_words(name, value)))
        if part.does == Does.ALREADY:
            part.does = Does.SET

    def _leave_out(self, part: Part, words: str) -> None:
        if part.does == Does.ALREADY:
            part.does = Does.LEFT_OUT
        part.notes.append(words)
        self.work.left_out.append(LeftOut(part.place, words))

    def _ask_about_contradictions(self, part: Part) -> None:
        facts = Proforma.objects.get(case=self.case)
        facts.case = self.case
        for one in contradictions_of(facts):
            if one.answer is None and not set(one.question.values).isdisjoint(self.values):
                part.ask(
                    "contradiction",
                    f"{one.question.text} It is imported as it stands, and stays marked on the proforma.",
                )


def _is_rougher(one: PartialDate, other: PartialDate) -> bool:
    return len(one.isoformat()) < len(other.isoformat())


def _is_of_pathology(one: Finding) -> bool:
    return FOUND.get(one.name, ("",))[0] == PATHOLOGY_ON


def _is_of_older_specimen(one: Finding, other: Finding) -> bool:
    """Of one specimen more may be said on a later day."""
    return one.is_older(other) and not (one.specimen and one.specimen == other.specimen)
