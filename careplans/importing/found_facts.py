"""What an upload found of one case, as facts of its proforma: what is newer is set, and what nobody can tell is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.specimens import PATHOLOGY_ON, Found, of_one_day, of_one_name
from careplans.importing.uploads import Finding
from careplans.importing.values import SITES, cleaned, comparable, label
from careplans.models import Case, FactChange, Proforma
from careplans.models.fact_groups import FOUND
from careplans.models.proforma import DAYS, fact_in_words
from careplans.models.specimens import FED
from careplans.readers.facts.contradictions import contradictions_of
from careplans.services.proforma import comes_from, save_proforma
from common.folding import fold
from common.partial_dates import PartialDate


class Facts:
    """What is found of one case."""

    def __init__(self, work: Work, case: Case) -> None:
        self.work, self.case = work, case
        self.stands = Proforma.objects.select_related("deciding_specimen").get(case=case)
        self.values: dict[str, Any] = {}
        self.asked_by: dict[str, Part] = {}
        # Of each fact that this upload tells with a day, and that holds, that day: it is dated by itself. Not what was left out.
        self.told_on: dict[str, set[PartialDate]] = {}
        # And how it was found, in each way that it tells or was asked about.
        self.told_by: dict[str, set[str]] = {}
        self.taken: dict[str, tuple[Any, Finding]] = {}

    def take(self, several: Sequence[tuple[Part, Finding]]) -> None:
        # The newest first, so that of two the older one is left out.
        for part, finding in sorted(
            of_one_day(self.work, self._unequivocal(of_one_name(self.work, several))),
            key=lambda one: one[1].on.isoformat() if one[1].on else "", reverse=True,
        ):  # fmt: skip
            try:
                self._add(part, finding)
            except ValidationError as error:
                part.refuse(part.place, " ".join(error.messages))
        if not self.values:
            return
        self._ask_about_neighbours()
        self._ask_about_methods()
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
                part.leave_out()
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
        part.leave_out()
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
            beside = [name for name in self._beside(found_on) if day not in self.told_on.get(name, ())]
            told = ", ".join(f"{label(name)} {self._in_words(name)} ({self._day_in_words(name)})" for name in beside)
            if day and beside:
                only = "if all of it is of one specimen" if found_on == PATHOLOGY_ON else "if it held on that day, too"
                self._ask_beside("dates", found_on, beside, f"{day} then stands", f"{told}. Only {only}.")

    def _ask_about_methods(self) -> None:
        """And so does one specimen or scan."""
        for found_by in sorted({by for _, by in FOUND.values() if by}):
            by = self.values.get(found_by) or getattr(self.stands, found_by)
            beside = [name for name in self._beside(found_by) if fold(by) not in self.told_by.get(name, ())]
            was = getattr(self.stands, found_by)
            recorded = f"recorded: {was}" if was else "recorded without one"
            told = ", ".join(
                f"{label(name)} {self._in_words(name)} ({'in this upload without one' if name in self.values else recorded})"
                for name in beside
            )
            if by and beside:
                self._ask_beside("by", found_by, beside, f"{by} then stands", f"{told}. Only if it was found so, too.")

    def _beside(self, place: str) -> list[str]:
        """For which facts this day, specimen or scan would stand that is set, or that stands for what is set."""
        return [
            name for name, found in FOUND.items()
            if place in found and (name in self.values or (place in self.values and self.stands.is_recorded(name)))
        ]  # fmt: skip

    def _ask_beside(self, about: str, place: str, beside: Sequence[str], stands: str, told: str) -> None:
        asking = self.asked_by.get(place) or self.asked_by[next(one for one in beside if one in self.asked_by)]
        asking.ask(f"{about}:{place}", f"{label(place)}: {stands} for what is recorded beside it, too: {told}")

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
        if name in self.taken:
            self._add_again(part, finding, value)
            return
        if name in FED and self.stands.deciding_specimen and value != getattr(self.stands, name):
            self.work.leave_out(part, comes_from(self.stands.deciding_specimen))
            return
        found_on = FOUND.get(name, ("",))[0]
        recorded = getattr(self.stands, found_on) if found_on else None
        if recorded and finding.on and finding.on.is_before(recorded):
            self.work.leave_out(
                part, f"It was found {finding.on.when}, and what is recorded {recorded.when}: the newer one stays."
            )
            return
        if recorded and not finding.on and value != getattr(self.stands, name):
            self.work.leave_out(
                part, f"It does not say when it was found, and what is recorded is of {recorded}: that stays."
            )
            return
        if self._is_asked(part, finding, value, recorded):
            return
        self.taken[name] = (value, finding)
        self._dates_itself(finding)
        self._set(part, name, value)
        self._add_day(part, finding, found_on)
        self._add_method(part, finding)

    def _add_day(self, part: Part, finding: Finding, found_on: str) -> None:
        if found_on and finding.on and self._dates_others(finding, found_on):
            part.notes.append("Its day is not taken over: it would stand for what is recorded beside it, too.")
        elif found_on and finding.on:
            self._set_day(part, found_on, finding.on)
        elif finding.on:
            part.notes.append("The proforma has no place for the day of this finding.")

    def _add_again(self, part: Part, finding: Finding, value: Any) -> None:
        known, newer = self.taken[finding.name]
        if known != value:
            self.work.leave_out(part, "Another finding of the same fact in this upload is newer.")
            return
        self._dates_itself(finding)
        part.notes.append("It is given twice, and both say the same.")
        if not finding.is_older(newer):
            self._add_method(part, finding)

    def _add_method(self, part: Part, finding: Finding) -> None:
        """How it was found. Never over another way, which is that of other findings, unless all of it is certainly newer."""
        found_by = FOUND.get(finding.name, ("", ""))[1]
        if not finding.by:
            return
        if not found_by:
            part.notes.append("The proforma has no place for how this was found.")
            return
        by, known = cleaned(found_by, finding.by), self.values.get(found_by) or getattr(self.stands, found_by)
        told = self.told_by.setdefault(finding.name, set())
        told.add(fold(by))
        if fold(by) == fold(known):
            return
        is_fed = found_by in FED and self.stands.deciding_specimen
        if is_fed or not known or (found_by not in self.values and self._is_newer(finding)):
            self._set(part, found_by, by)
            return
        told.add(fold(known))
        part.ask(
            f"by:{found_by}",
            f"{label(found_by)}: this finding says “{by}”, and “{known}” stays, which was said of what shares this place on the "
            f"proforma. It then stands for {label(finding.name)}, too: if that is wrong, change it there.",
        )

    def _is_newer(self, finding: Finding) -> bool:
        """Certainly newer than whatever is recorded of its specimen or scan."""
        found_on, found_by = FOUND[finding.name]
        recorded = getattr(self.stands, found_on) or self._written_on(
            [name for name, found in FOUND.items() if found_by in found] + [found_by]
        )
        return bool(finding.on and recorded and finding.on.is_after(recorded))

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
