"""The rows of a large board, built in memory and inserted a batch at a time."""

import re
from datetime import date, timedelta
from typing import Any

from careplans.demo.large.courses import ORDINARY, ORDINARY_FOLLOW_UPS, Course, World
from careplans.demo.large.inserting import insert, insert_values, made
from careplans.demo.large.past import write_past
from careplans.demo.large.steps import give_outcome, make_steps
from careplans.demo.large.year import Span, write_year
from careplans.models import (
    Case,
    CaseKey,
    FollowUp,
    Patient,
    PatientBoard,
    PatientKey,
    Plan,
    PlanSchedule,
    Proforma,
    Signature,
    Step,
)
from careplans.models.followups import latest_day
from careplans.models.patient_keys import keys_of
from careplans.models.plan_content import content_hash
from careplans.services.patient_keys import record_key, sort_keys
from careplans.services.proforma import snapshot
from common.folding import FOLDING, title_keys

# Three of these, one after the other, make a family name.
SYLLABLES = re.findall(
    "...",
    "ashbelcordunelmfengarholilljarkellormarnorothpelquiraseltorulmverwenyarzanbracrodriflagrehalkinlamnesprarosstitamwin",
)
GIVEN = (
    "Ada",
    "Bela",
    "Cato",
    "Dina",
    "Eli",
    "Fay",
    "Gus",
    "Hedy",
    "Ivo",
    "Jo",
    "Kai",
    "Lea",
    "Mio",
    "Nan",
    "Ola",
    "Pia",
)
FACTS: dict[str, tuple[Any, ...]] = {
    "primary_site": ("pancreas", "jejunum_ileum", "rectum", "stomach", "lung", "duodenum", "unknown_primary"),
    "grade": ("G1", "G2", "G3", "NEC"),
    "differentiation": ("well", "well", "poor", "not_recorded"),
    "extent": ("localized", "regional", "metastatic"),
    "functional_status": ("functional", "non_functional", "not_recorded"),
    "tumour_volume": ("low", "moderate", "high", "not_recorded"),
    "visceral_crisis": ("none", "none", "none", "impending"),
    "surgery_option": ("yes", "no", "not_recorded"),
    "liver_surgery_option": ("yes", "no", "not_applicable"),
    "sstr_expression": ("high", "moderate", "low", "not_recorded"),
    "ecog": (0, 1, 2, None),
    "largest_primary_mm": (9, 14, 26, 41, None),
}


def write_cases(world: World, courses: list[Course], first: int) -> None:
    by, board = world.people["coordinator"], world.board
    for place, course in enumerate(courses):
        course.patient = _patient(world, f"L{board.pk}-{first:07}-{place:03}")
    insert([course.patient for course in courses])
    keys = (key for course in courses for key in _keys(course.patient))
    insert_values(PatientKey, ("patient", "kind", "key"), keys)
    insert([PatientBoard(patient=course.patient, board=board, created_by=by) for course in courses])
    for course in courses:
        status, reason = _case_status(world, course)
        title = f"{world.chance.choice(FACTS['primary_site'])} NET".replace("_", " ")
        course.case = made(
            Case, board=board, patient=course.patient, title=title, keyed_title=title,
            status=status, close_reason=reason, responsible=world.chance.choice(world.others), created_by=by,
        )  # fmt: skip
    insert([course.case for course in courses])
    words = ((course.case.pk, key) for course in courses for key in sorted(title_keys(course.case.title)))
    insert_values(CaseKey, ("case", "key"), words)
    for course in courses:
        values = {name: world.chance.choice(choices) for name, choices in FACTS.items()}
        course.proforma = made(Proforma, case=course.case, version=2, **values)
    insert([course.proforma for course in courses])


def _patient(world: World, record: str) -> Patient:
    chance = world.chance
    family = f"{''.join(chance.choices(SYLLABLES, k=3)).capitalize()}-Synthetic"
    given = chance.choice(GIVEN)
    born = world.today - timedelta(days=chance.randint(20 * 365, 85 * 365))
    return made(
        Patient, institution_id=world.board.institution_id, added_on=world.board, record_number=record,
        family_name=family, given_name=given, birth_date=born,
        sex=chance.choice(Patient.Sex.values), is_synthetic=True, record_key=record_key(record),
        folding=FOLDING, **sort_keys(family, given), created_by=world.people["coordinator"],
    )  # fmt: skip


def _keys(patient: Patient) -> list[tuple[int, str, str]]:
    found = keys_of([(patient.family_name, patient.given_name)], [patient.record_number])
    return [(patient.pk, kind, key) for kind, key in sorted(found)]


def _case_status(world: World, course: Course) -> tuple[str, str]:
    if course.last == Plan.Status.COMPLETED and world.chance.random() < 0.6:
        return Case.Status.CLOSED, Case.CloseReason.DISCHARGED
    in_care = course.is_in_force or course.last in (Plan.Status.COMPLETED, Plan.Status.REVOKED)
    return (Case.Status.IN_CARE if in_care else Case.Status.ACCEPTED), ""


def write_plans(world: World, courses: list[Course]) -> None:
    """Plans and their steps, version by version: a later one points at the steps of the one before."""
    for place in range(2):
        having = [course for course in courses if len(course.statuses) > place]
        for course in having:
            plan = _plan(world, course, place)
            course.plans.append(plan)
            course.steps.append(make_steps(world, course, place))
            if plan.status not in (Plan.Status.DRAFT, Plan.Status.ENTERED_IN_ERROR):
                plan.content_hash = content_hash(plan, course.steps[place], [_schedule(world, course, place)])
        insert([course.plans[place] for course in having])
        insert([_schedule(world, course, place) for course in having])
        insert([step for course in having for step in course.steps[place]])


def _schedule(world: World, course: Course, place: int) -> PlanSchedule:
    return made(
        PlanSchedule, board=world.board, case=course.case, plan=course.plans[place], schedule=world.schedule,
        counts_from=course.moment_of(place).date(),
        assignee=world.people["nurse"],
        # A board for measuring keeps the follow-ups that it is made with.
        written_until=date(2199, 1, 1),
    )  # fmt: skip


def _plan(world: World, course: Course, place: int) -> Plan:
    chair, status = world.people["chair"], course.statuses[place]
    begun = course.moment_of(place)
    plan = made(
        Plan, board=world.board, case=course.case, number=place + 1, status=status, created_by=world.chance.choice(world.others),
        aim="Symptoms first, then the tumour.", content_version=3, version=5,
    )  # fmt: skip
    if place:
        plan.amends, plan.amendment_reason = course.plans[0], "The disease has changed."
    if status not in (Plan.Status.DRAFT, Plan.Status.ENTERED_IN_ERROR):
        plan.facts_snapshot = snapshot(course.proforma)
        plan.submitted_at, plan.submitted_by = begun + timedelta(days=1), plan.created_by
        if status != Plan.Status.IN_SIGNOFF:
            plan.released_at, plan.released_by = begun + timedelta(days=4), chair
    if status not in Plan.WORKING + Plan.IN_FORCE:
        _end(world, course, plan, place)
    return plan


def _end(world: World, course: Course, plan: Plan, place: int) -> None:
    last_day = course.moment + timedelta(days=course.days)
    superseded = plan.status == Plan.Status.SUPERSEDED
    plan.ended_at = course.moment_of(1) + timedelta(days=4) if superseded else last_day
    if plan.status == Plan.Status.COMPLETED:
        give_outcome(plan, world.chance, last_day.date())
    elif not superseded:
        plan.end_reason = "Begun on the wrong patient."
        if plan.status == Plan.Status.REVOKED:
            plan.end_reason_code = Step.Reason.OTHER


def write_rest(world: World, courses: list[Course], span: Span) -> None:
    ordinary_left = ORDINARY_FOLLOW_UPS
    for course in courses:
        course.signatures = _signatures(world, course)
        course.follow_ups = _follow_ups(world, course, ordinary=course.ordinary and ordinary_left > 0)
        ordinary_left -= course.ordinary
    insert([row for course in courses for row in course.signatures])
    insert([row for course in courses for row in course.follow_ups])
    write_past(courses)
    write_year(world, courses, span)


def _signatures(world: World, course: Course) -> list[Signature]:
    """Every required discipline has answered, except where the plan still waits for two of the three."""
    signers = {"surgery": "chair", "medical_oncology": ORDINARY, "radiology": "radiology"}
    rows: list[Signature] = []
    for plan in course.plans:
        for discipline, key in signers.items() if plan.content_hash else ():
            row = made(
                Signature, board=world.board, plan=plan, discipline=discipline, content_version=plan.content_version,
                content_hash=plan.content_hash,
            )  # fmt: skip
            if plan.status != Plan.Status.IN_SIGNOFF or discipline == "surgery":
                row.status, row.signer, row.signed_discipline = Signature.Status.APPROVED, world.people[key], discipline
                row.signed_at = (plan.submitted_at or course.moment) + timedelta(days=1)
            rows.append(row)
    return rows


def _follow_ups(world: World, course: Course, *, ordinary: bool) -> list[FollowUp]:
    plan, chance = course.plans[-1], world.chance
    rows: list[FollowUp] = []
    if course.days > 250 and plan.released_at:
        done_on = course.moment.date() + timedelta(days=182)
        if chance.random() < 0.04:
            missed_on = done_on - timedelta(days=30)
            rows.append(_follow_up(world, course, missed_on, world.people["nurse"], status="did_not_attend"))
        done = _follow_up(world, course, done_on, world.people["nurse"], status="done", done_on=done_on)
        done.replaces = rows[0] if rows else None
        rows.append(done)
    is_open = course.is_in_force and (ordinary or chance.random() < 0.6)
    if is_open or (course.case.status == Case.Status.IN_CARE and chance.random() < 0.2):
        assignee = world.people[ORDINARY] if ordinary else chance.choice(world.others)
        rows.append(_follow_up(world, course, world.day_ahead(), assignee))
    return rows


def _follow_up(world: World, course: Course, due_on: date, assignee: Any, **fields: Any) -> FollowUp:
    return made(
        FollowUp, board=world.board, case=course.case, plan=course.plans[-1], schedule=world.schedule, kind="visit",
        due_on=due_on, due_until=latest_day(due_on, 14), assignee=assignee, created_by=world.people["chair"],
        scheduled_for=due_on, **fields,
    )  # fmt: skip
