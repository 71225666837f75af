"""A tumour of an upload becomes a case, and what was found of it facts of its proforma: through the services of the pages."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import IntegerField

from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.uploads import Finding, Told, Tumour
from careplans.models import Case, Patient, Proforma
from careplans.models.fact_groups import FOUND
from careplans.models.fact_values import OtherSite
from careplans.models.figures import FigureColumn
from careplans.models.proforma import DAYS, FIGURES, fact_in_words
from careplans.models.specimens import FED
from careplans.readers.facts.contradictions import contradictions_of
from careplans.services.cases import open_case
from careplans.services.imports import Found, case_imported_as
from careplans.services.proforma import comes_from, save_proforma
from common.figures import WHOLE
from common.folding import fold

SITES = "other_metastatic_sites"


def take_tumour(work: Work, tumour: Tumour) -> None:
    part = Part(tumour.place, "Case", tumour.title, key=next(iter(tumour.names), ""))
    work.parts.append(part)
    work.tumours[tumour.key] = part
    owner = _owner(work, part, tumour.person)
    if owner is None or owner.patient is None:
        return
    patient = owner.patient
    part.patient, part.is_new_patient = patient, owner.is_new_patient
    known = _case_of(work, tumour, owner, patient)
    if known is not None:
        found = known.case
        part.case, part.about = found, found.title
        if not found.is_open:
            part.notes.append(
                f"The case is {found.get_status_display().lower()}. It is reopened on its page, by whoever decides that."
            )
        if not known.is_sure and fold(found.title) != fold(tumour.title):
            part.ask(
                "tumour",
                f"The sender calls it “{tumour.title}”, and called “{found.title}” by the same id. Only if both are one "
                "tumour: its facts are changed. If they are two, each needs an identifier with a system.",
            )
        elif found.title != tumour.title:
            part.notes.append(f"The sender calls it “{tumour.title}”: the title of the case stays.")
        if tumour.question and tumour.question != found.question:
            part.notes.append("Its note is not taken over: the case has a question to the board already.")
        return
    with work.refusing(part):
        part.case = open_case(
            patient, by=work.by, title=tumour.title, responsible=work.by, status=Case.Status.REFERRED,
            question=tumour.question, board=work.board,
        )  # fmt: skip
        part.does, part.is_new_case = Does.OPENED, True
        part.changes.append(Change("Tumour in a few words", "", tumour.title))
        part.changes += [Change("Question to the board", "", tumour.question)] if tumour.question else []
        part.notes.append(f"The case is referred and waits for triage; {work.by.name} is responsible.")


def _owner(work: Work, part: Part, key: str) -> Part | None:
    """The part of the patient; without one, nothing of theirs is done."""
    owner = work.people.get(key)
    if owner is None or owner.patient is None or owner.problems:
        part.refuse(part.place, "Its patient is refused or not taken over, so this is not taken over either.")
        return None
    return owner


def _case_of(work: Work, tumour: Tumour, owner: Part, patient: Patient) -> Found | None:
    """What was called so before, or a case of the same title: an open one, or one that has ended, which is reopened by a person
    if the disease is back."""
    for name in () if owner.is_new_patient else tumour.names:
        is_global = name in tumour.global_names
        if found := case_imported_as(work.board, patient, source=work.upload.source, key=name, is_global=is_global):
            return found
    rows = Case.objects.filter(board=work.board, patient=patient).order_by("pk")
    same = [case for case in rows if fold(case.title) == fold(tumour.title)]
    case = next((case for case in same if case.is_open), same[-1] if same else None)
    return Found(case, is_sure=True) if case else None


def take_findings(work: Work, tumours: Sequence[Tumour], findings: Sequence[Finding]) -> None:
    """All of one case are saved together, so that a plan is asked about them once."""
    of_case: dict[int, list[tuple[Part, Finding]]] = {}
    cases: dict[int, Case] = {}
    for finding in findings:
        part = Part(finding.place, "Fact", _label(finding.name))
        work.parts.append(part)
        case = _case(work, part, finding)
        if case is not None:
            cases[case.pk] = case
            of_case.setdefault(case.pk, []).append((part, finding))
    for tumour in tumours:
        part = work.tumours[tumour.key]
        if tumour.facts and part.case is not None and not part.problems:
            cases.setdefault(part.case.pk, part.case)
            own = [
                (part, Finding(tumour.place, tumour.person, tumour.key, name, value))
                for name, value in tumour.facts.items()
            ]
            of_case.setdefault(part.case.pk, []).extend(own)
    for pk, several in of_case.items():
        _Facts(work, cases[pk]).take(several)


def _case(work: Work, part: Part, finding: Finding) -> Case | None:
    """The tumour that it names, or the only one that the patient has on this board."""
    owner = _owner(work, part, finding.person)
    if owner is None:
        return None
    part.patient, part.is_new_patient = owner.patient, owner.is_new_patient
    if finding.tumour:
        of = work.tumours.get(finding.tumour)
        if of is None or of.case is None or of.patient != owner.patient:
            part.refuse(
                part.place,
                "Its tumour is refused, not taken over, or of another patient, so this is not taken over either.",
            )
            return None
        part.case, part.is_new_case = of.case, of.is_new_case
        return of.case
    cases: list[Case] = list(Case.objects.filter(board=work.board, patient=owner.patient).open()[:2])
    if len(cases) != 1:
        part.refuse(
            f"{part.place}.focus",
            "The patient has no open case on this board."
            if not cases
            else "The patient has several cases: say in “focus” of which tumour it is.",
        )
        return None
    part.case = cases[0]
    part.is_new_case = any(one.case == cases[0] and one.is_new_case for one in work.tumours.values())
    return cases[0]


class _Facts:
    """What is found of one case."""

    def __init__(self, work: Work, case: Case) -> None:
        self.work, self.case = work, case
        self.stands = Proforma.objects.select_related("deciding_specimen").get(case=case)
        self.values: dict[str, Any] = {}
        self.asked_by: dict[str, Part] = {}

    def take(self, several: Sequence[tuple[Part, Finding]]) -> None:
        # The newest first, so that of two the older one is left out.
        for part, finding in sorted(several, key=lambda one: one[1].on.isoformat() if one[1].on else "", reverse=True):
            try:
                self._add(part, finding)
            except ValidationError as error:
                part.refuse(part.place, " ".join(error.messages))
        if not self.values:
            return
        places = {name: part.place for name, part in self.asked_by.items()}
        first = next(iter(self.asked_by.values()))
        try:
            self.work.sure(first, lambda: save_proforma(self.case, self.values, by=self.work.by))
        except ValidationError as error:
            self.work.tell(first, error, places)
            return
        self._ask_about_contradictions(first)

    def _add(self, part: Part, finding: Finding) -> None:
        name, value = finding.name, _cleaned(finding.name, finding.value)
        if name in self.values:
            if self.values[name] == value:
                part.notes.append("It is given twice, and both say the same.")
            else:
                self._leave_out(part, "Another finding of the same fact in this upload is newer, or stands first.")
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
        self._set(part, name, value)
        if found_on and finding.on:
            self._set(part, found_on, finding.on)
        elif finding.on:
            part.notes.append("The proforma has no place for the day of this finding.")
        if found_by and finding.by:
            self._set(part, found_by, _cleaned(found_by, finding.by))
        elif finding.by:
            part.notes.append("The proforma has no place for how this was found.")

    def _set(self, part: Part, name: str, value: Any) -> None:
        old = getattr(self.stands, name)
        if (
            old == value
            or (name == SITES and set(old) == set(value))
            or (name in self.values and self.values[name] == value)
        ):
            return
        if name in self.values and name in DAYS and value.is_before(self.values[name]):
            part.notes.append(f"{_label(name)}: the newest day of these findings is kept, {self.values[name]}.")
            return
        if name in FED and self.stands.deciding_specimen:
            part.notes.append(comes_from(self.stands.deciding_specimen))
            return
        self.values[name] = value
        self.asked_by[name] = part
        part.changes.append(Change(_label(name), fact_in_words(name, old), fact_in_words(name, value)))
        if part.does == Does.ALREADY:
            part.does = Does.SET

    def _leave_out(self, part: Part, words: str) -> None:
        if part.does == Does.ALREADY:
            part.does = Does.LEFT_OUT
        part.notes.append(words)
        self.work.left_out.append(Told(part.place, words))

    def _ask_about_contradictions(self, part: Part) -> None:
        facts = Proforma.objects.get(case=self.case)
        facts.case = self.case
        for one in contradictions_of(facts):
            if one.answer is None and not set(one.question.values).isdisjoint(self.values):
                part.ask(
                    "contradiction",
                    f"{one.question.text} It is imported as it stands, and stays marked on the proforma.",
                )


def _cleaned(name: str, value: Any) -> Any:
    """As the column takes it. Raises ValidationError."""
    column: Any = Proforma._meta.get_field(name)
    if name == SITES:
        return _sites(value)
    if isinstance(column, FigureColumn):
        try:
            return FIGURES[name].checked(value)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
    if isinstance(column, IntegerField) and isinstance(value, str):
        value = _whole(value)
    return column.clean(value, None)


def _whole(text: str) -> int:
    """38 and 38.0 say the same; 3.8 is no whole number."""
    number = Decimal(text)
    if number != number.to_integral_value():
        raise ValidationError(f"{text}: {WHOLE}")
    return int(number)


def _sites(codes: Sequence[str]) -> list[str]:
    if unknown := [code for code in codes if code not in OtherSite.values]:
        raise ValidationError(f"“{unknown[0][:40]}” is no site that the proforma knows: {', '.join(OtherSite.values)}.")
    return [site for site in OtherSite.values if site in codes]


def _label(name: str) -> str:
    words = str(getattr(Proforma._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]
