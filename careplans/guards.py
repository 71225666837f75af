"""Checks that several verbs share. Each raises with a sentence that a clinician can act on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from django.core.exceptions import ValidationError

from accounts.models import Board, Membership, User
from accounts.models.boards import ACTING
from careplans.models import Case, FollowUp, Patient, Plan, Step
from careplans.models.step_values import REASONS_OFFERED
from common import unlikely_days
from common.asked import ask
from common.local_time import add_months, not_meant
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


DEATH_IS_RECORDED = "Record the death on the page of the patient: it ends this and all other care at once."


def check_reason_code(code: str, *, what: str = "", field: str = "reason_code") -> str:
    """Out of the list of a step (domain note D.4). A death is recorded of the patient: it ends all care at once, and nothing is
    sent any more."""
    if code not in dict(REASONS_OFFERED):
        chosen = f"Choose the reason{f' for {what}' if what else ''} from the list."
        raise ValidationError({field: DEATH_IS_RECORDED if code == Step.Reason.DIED else chosen})
    return code


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


def check_has_come(follow_up: FollowUp) -> None:
    """Nobody has missed what is still to come."""
    if follow_up.due_on > follow_up.board.today:
        raise ValidationError(
            f"This appointment is on {follow_up.due_on:%-d %B %Y} and has not come yet. Choose “Another date or person” to move "
            "it."
        )


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


def ask_about(patient: Patient, today: date, *, recorded: Days | None = None, planned: Days | None = None) -> None:
    """Days of one form that can be, and are unlikely for this patient, are asked about together (`common.asked`): what is
    recorded in the future, before the birth or after the death, and what is planned in the past."""
    if not any((recorded or {}).values()) and not any((planned or {}).values()):
        return
    patient = as_it_stands(patient)
    died = patient.died_on
    questions = unlikely_days.recorded(recorded or {}, today=today, born=patient.birth_date, died=died)
    ask(questions + unlikely_days.planned(planned or {}, today=today, died=died))


def ask_about_step(
    step: Step, *, recorded: Days, planned: Days | None = None, expected: Mapping[str, Collection[date | None]] | None = None
) -> None:  # fmt: skip
    """As `ask_about`, of what became of a step: also a day before it was planned by a plan in force, and one that is far from
    where it was `expected`."""
    patient, today = as_it_stands(step.case.patient), step.board.today
    questions = unlikely_days.recorded(recorded, today=today, born=patient.birth_date, died=patient.died_on)
    if (since := planned_since(step)) is not None:
        questions += unlikely_days.before(recorded, since, "before_plan", "released on")
    for name, days in (expected or {}).items():
        day, near = recorded[name], [one for one in days if one is not None]
        if isinstance(day, date):
            questions += unlikely_days.far_from(name, day, near, "far_from_plan", "planned for", today=today)
    ask(unlikely_days.gravest(questions) + unlikely_days.planned(planned or {}, today=today, died=patient.died_on))


def planned_since(step: Step) -> date | None:
    """The day on which the first plan in which it stood came into force: an amendment takes it over with what was done."""
    first = step
    while first.carried_from is not None:
        first = first.carried_from
    released = first.plan.released_at
    return released.astimezone(step.board.zone).date() if released else None


def ask_about_done(follow_up: FollowUp, done_on: date) -> None:
    """As `ask_about`, of the day on which a follow-up was done: also one before it was added, or long before it was due."""
    patient, board, days = as_it_stands(follow_up.case.patient), follow_up.board, {"done_on": done_on}
    questions = unlikely_days.recorded(days, today=board.today, born=patient.birth_date, died=patient.died_on)
    added = follow_up.created_at.astimezone(board.zone).date()
    questions += unlikely_days.before(days, added, "before_added", "added on")
    if done_on < follow_up.due_on:
        due = [follow_up.due_on]
        questions += unlikely_days.far_from("done_on", done_on, due, "long_before_due", "due on", today=board.today)
    ask(unlikely_days.gravest(questions))
