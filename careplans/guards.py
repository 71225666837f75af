"""Checks that several verbs share. Each raises with a sentence that a clinician can act on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.core.exceptions import ValidationError

from accounts.models import Board, Membership, User
from accounts.models.boards import ACTING
from careplans.models import Case, Patient, Plan
from common import unlikely_days
from common.asked import ask
from common.local_time import add_months, not_meant
from common.partial_dates import PartialDate
from common.unlikely_days import Days, When, is_before


def check_transition(transitions: Mapping[str, Sequence[str]], old: str, new: str, *, noun: str) -> None:
    if new in transitions[old]:
        return
    options = ", ".join(state.replace("_", " ") for state in transitions[old]) or "nothing: this is its last state"
    raise ValidationError(
        f"A {noun} that is {old.replace('_', ' ')} cannot become {new.replace('_', ' ')}. Possible: {options}."
    )


def check_open(case: Case) -> None:
    """The case at hand is taken (careplans/locks.py), so that it stays as it is here until the transaction is over."""
    if words := why_closed(case):
        raise ValidationError(words)


def why_closed(case: Case) -> str:
    """Why nothing of a case changes any more; empty for an open one."""
    if case.close_reason == Case.CloseReason.DIED and case.patient.is_dead:
        return "This case is closed, because the patient died. It stays as it is, to be read."
    if case.status in Case.ENDED:
        return f"This case is {case.get_status_display().lower()}. Reopen it before you change it."
    return ""


def check_in_care(patient: Patient) -> None:
    """Nothing new begins for whoever has died, or has gone to another centre. The patient at hand is taken."""
    if words := why_nothing_begins(patient):
        raise ValidationError(words)


def why_nothing_begins(patient: Patient) -> str:
    """Empty for a patient in care."""
    if words := why_merged(patient):
        return words
    if patient.is_dead:
        return (
            f"{patient.name} {patient.ended}: nothing new begins. If that is wrong, somebody who did not record it corrects it "
            "on the patient's page."
        )
    if patient.transferred_to:
        return (
            f"{patient.name} was {patient.ended}. If the patient is back, somebody who did not record it takes the transfer back "
            "on the patient's page."
        )
    return ""


def check_not_merged(patient: Patient) -> None:
    """What is written goes to the record that stands. The patient at hand is taken."""
    if words := why_merged(patient):
        raise ValidationError(words)


def why_merged(patient: Patient) -> str:
    """Empty for a record that stands."""
    if patient.merged_into is None:
        return ""
    stands = patient.merged_into
    return (
        f"Record {patient.record_number} was merged into {stands.record_number} ({stands.name}). Nothing of yours was saved: "
        "open that patient and do it there."
    )


def check_plan_in_force(plan: Plan) -> None:
    if not plan.is_in_force:
        raise ValidationError(f"This plan is {plan.get_status_display().lower()}; its steps stay as they are.")


def check_reason(reason: str, *, what: str, most: int | None = None) -> str:
    """Stripped. `most`: what its column holds; a longer one is refused, not cut."""
    reason = reason.strip()
    if most is not None and len(reason) > most:
        raise ValidationError({"reason": f"Say it in at most {most} characters; there are {len(reason)}."})
    if not reason:
        raise ValidationError({"reason": f"Give a reason for {what}."})
    return reason


def check_person(user: User | None, board: Board | int, *, field: str) -> None:
    """Owners and assignees are current members of the board who may act; otherwise a reminder would reach nobody."""
    if user is None:
        return
    if not able_on(board, [user.pk]):
        raise ValidationError(
            {field: f"{user.name} is not a current member of this board who can act. Choose another person."}
        )


def able_on(board: Board | int, people: Collection[int]) -> set[int]:
    """Who of these people is on the board, in a role that acts for a patient. One query."""
    current = Membership.objects.filter(board=board, ended_at=None, role__in=ACTING, board__is_active=True)
    return set(current.filter(user__in=people, user__is_active=True).values_list("user_id", flat=True))


# A follow-up further ahead than this is a mistyped year, behind which a patient would be lost from sight.
YEARS_AHEAD = 5


def check_near(today: date, **days: date | None) -> None:
    latest = add_months(today, 12 * YEARS_AHEAD)
    wrong = [name for name, day in days.items() if day is not None and day > latest]
    if wrong:
        words = f"That is more than {YEARS_AHEAD} years ahead. Choose a day until {latest:%-d %B %Y}."
        raise ValidationError(dict.fromkeys(wrong, words))


def check_days(**days: date | None) -> None:
    """Each is a day a board can mean. Far beyond, the arithmetic of reminders and schedules leaves the calendar."""
    wrong = {name: words for name, day in days.items() if day is not None and (words := not_meant(day))}
    if wrong:
        raise ValidationError(wrong)


def check_since_birth(patient: Patient, **days: When | None) -> None:
    """Nothing was given, begun or decided for a patient who was not born yet: another century was typed."""
    if not any(days.values()):
        return
    born = as_it_stands(patient).birth_date
    wrong = [name for name, day in days.items() if day is not None and is_before(day, born)]
    if wrong:
        words = f"The patient was born {born.when}, which is after that day. Check the date."
        raise ValidationError(dict.fromkeys(wrong, words))


def as_it_stands(patient: Patient) -> Patient:
    """Read anew: the caller has taken a case, and whoever changes the date of birth takes all cases of the
    patient, so that one of the two sees the other. What a case has at hand may be older."""
    return Patient.objects.get(pk=patient.pk)


def died_of(patient: Patient) -> PartialDate | None:
    """The day on which the patient died, as far as it is known; None while alive, and where nothing is known."""
    if not patient.is_dead or not patient.died_year:
        return None
    return PartialDate(patient.died_year, patient.died_month, patient.died_day)


def ask_about(patient: Patient, today: date, *, recorded: Days | None = None, planned: Days | None = None) -> None:
    """Days of one form that can be, and are unlikely for this patient, are asked about together (`common.asked`): what is
    recorded in the future, before the birth or after the death, and what is planned in the past."""
    if not any((recorded or {}).values()) and not any((planned or {}).values()):
        return
    patient = as_it_stands(patient)
    died = died_of(patient)
    questions = unlikely_days.recorded(recorded or {}, today=today, born=patient.birth_date, died=died)
    ask(questions + unlikely_days.planned(planned or {}, today=today, died=died))
