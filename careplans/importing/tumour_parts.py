"""A tumour of an upload becomes a case, and its findings are gathered by case: through the services of the pages."""

from collections.abc import Sequence

from careplans.importing.found_facts import Facts
from careplans.importing.outcomes import Change, Does, Part, Work
from careplans.importing.uploads import Finding, Tumour
from careplans.importing.values import label
from careplans.models import Case, Patient
from careplans.services.cases import open_case
from careplans.services.imports import Found, case_imported_as
from common.folding import fold


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
        part = Part(finding.place, "Fact", label(finding.name))
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
        Facts(work, cases[pk]).take(several)


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
