"""Clinical rows for the tests, made through the services, so that they are as real as in the app."""

from datetime import date, timedelta
from types import SimpleNamespace

from django.utils import timezone

from accounts.models import RequiredDiscipline
from careplans.models import FollowUpSchedule, Plan, PlanSchedule, Step
from careplans.services.cases import open_case
from careplans.services.decisions import add_decision
from careplans.services.followups import add_follow_up
from careplans.services.monitoring import add_monitoring
from careplans.services.patients import add_patient
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import draft_plan, release_plan, submit_plan
from careplans.services.schedules import write_lines
from careplans.services.signatures import sign_plan
from careplans.services.steps import add_step, edit_step, reorder_steps
from modalities.models import Modality, Revision

# Asked anew each time: a run of the tests may go on past midnight.
TODAY = timezone.localdate
# What somebody says who has nothing to say.
OUTCOME = {
    "response": "not_assessed",
    "progression": "not_assessed",
    "toxicity": "not_assessed",
    "symptom_control": "not_assessed",
}
# What somebody says of a case for which nothing is planned.
NOTHING_AHEAD = {"nothing_ahead_reason": "Followed by the referring clinic."}


def make_modality(code="OSA", **fields):
    """A reference page with one published revision."""
    modality, _ = Modality.objects.get_or_create(
        code=code, added_by=None, defaults={"slug": code.lower(), "title": dict(Step.ModalityCode.choices)[code]}
    )
    if modality.current_revision is None:
        modality.current_revision = Revision.objects.create(
            modality=modality, number=1, title=modality.title, what_it_is="-", indication="-", limits="-", goal="-",
            availability="-", references="-", change_note="first", sha256="0" * 64,
        )  # fmt: skip
        modality.save()
    return modality


def make_patient(board, *, by, record_number="SYN-1", **fields):
    values = {"family_name": "Ashdown", "given_name": "Synthetic", "birth_date": date(1960, 5, 17), "sex": "female"}
    return add_patient(board, by=by, record_number=record_number, is_synthetic=True, **(values | fields))


def make_case(board, *, by, record_number="SYN-1", **fields):
    patient = make_patient(board, by=by, record_number=record_number)
    return open_case(patient, by=by, responsible=by, **({"title": "Ileal NET", "status": "accepted"} | fields))


def require_disciplines(board, *disciplines):
    for discipline in disciplines:
        RequiredDiscipline.objects.get_or_create(board=board, discipline=discipline)


def make_plan(case, *, by, steps=1, owner=None):
    """A draft with complete steps, one after the other."""
    make_modality("OSA")
    plan = draft_plan(case, by=by, aim="Control of the hormone symptoms, then of the tumour")
    for number in range(steps):
        add_step(
            plan, by=by, phase="symptom_control" if number == 0 else "tumour_control", modality_code="OSA",
            goals=["symptom_control"], owner=owner or by, planned_start=TODAY() + timedelta(days=10 + 30 * number),
            planned_end=TODAY() + timedelta(days=30 + 30 * number), rationale="first the flushing",
        )  # fmt: skip
    return Plan.objects.get(pk=plan.pk)


def submit(plan, *, by):
    plan = Plan.objects.get(pk=plan.pk)
    return submit_plan(plan, by=by, expected_version=plan.version)


def sign(plan, *, by, **extra):
    plan = Plan.objects.get(pk=plan.pk)
    return sign_plan(plan, by=by, expected_version=plan.content_version, expected_hash=plan.content_hash, **extra)


def release(plan, *, by, **extra):
    plan = Plan.objects.get(pk=plan.pk)
    return release_plan(plan, by=by, expected_version=plan.version, expected_hash=plan.content_hash, **extra)


def make_active_plan(case, *, by, chair, steps=1, owner=None, schedule=None):
    """A plan in force. The board must not require signatures that nobody gave."""
    plan = make_plan(case, by=by, steps=steps, owner=owner)
    if schedule is not None:
        add_schedule(plan, by=by, schedule=schedule, counts_from=TODAY(), assignee=by)
    submit(plan, by=by)
    release(plan, by=chair)
    return Plan.objects.get(pk=plan.pk)


def make_gated_plan(case, *, by, chair, owner=None, before=None, **gate):
    """A plan in force with three steps side by side, so that only their gates order them: the second waits for the first and the
    third for the second. Returns the three. `gate` adds to what the second waits for, `before` says how the first runs."""
    plan = make_plan(case, by=by, steps=3, owner=owner)
    first, second, third = plan.steps.order_by("position")
    reorder_steps(plan, [[first.pk, second.pk, third.pk]], by=by)
    edit_step(first, before or {}, by=by)
    first.refresh_from_db()
    edit_step(second, {"after_step": first, **gate}, by=by)
    edit_step(third, {"after_step": second}, by=by)
    submit(plan, by=by)
    release(plan, by=chair)
    return list(Step.objects.filter(plan=plan).select_related("plan__case", "case", "board").order_by("pk"))


def make_branched_draft(case, *, by, owner=None, **days):
    """A draft: a step, then a decision with two arms; a step in each, and one after them for both.

    `days`: planned starts by name.
    """
    owner = owner or by
    make_modality("SURG")
    make_modality("PRRT")
    plan = make_plan(case, by=by, steps=1, owner=owner)
    decision = add_decision(
        plan, by=by, description="re-staging",
        arms=[{"name": "responds", "condition": "partial response or better"}, {"name": "else PRRT"}],
    )  # fmt: skip
    edit_step(decision, {"owner": owner, "planned_start": days.get("decision", TODAY() + timedelta(days=10))}, by=by)
    responds, other = decision.arms.live()
    start = TODAY() + timedelta(days=90)
    surgery = add_step(
        plan, by=by, phase="tumour_control", modality_code="SURG", goals=["cure"], owner=owner, arm=responds,
        planned_start=days.get("surgery", start),
    )  # fmt: skip
    prrt = add_step(
        plan, by=by, phase="tumour_control", modality_code="PRRT", goals=["tumour_control"], owner=owner, arm=other,
        planned_start=days.get("prrt", start),
    )  # fmt: skip
    after = add_step(
        plan, by=by, phase="surveillance", modality_code="OSA", goals=["symptom_control"], owner=owner,
        planned_start=TODAY() + timedelta(days=200), after_step=decision,
    )  # fmt: skip
    found = {
        "decision": decision, "surgery": surgery, "prrt": prrt, "after": after, "responds": responds, "other": other,
    }  # fmt: skip
    return SimpleNamespace(plan=Plan.objects.get(pk=plan.pk), first=plan.steps.get(position=1), **found)


def make_branched_plan(case, *, by, chair, owner=None, **days):
    """The same in force."""
    found = make_branched_draft(case, by=by, owner=owner, **days)
    submit(found.plan, by=by)
    release(found.plan, by=chair)
    return reread(found)


def reread(found):
    """The rows as they stand now."""
    for row in vars(found).values():
        row.refresh_from_db()
    return found


CYCLES = {"course": "cycles", "occurrences_planned": 4, "interval": 8, "interval_unit": "weeks"}
ONGOING = {"course": "ongoing", "interval": 28, "interval_unit": "days", "stop_when": "progression"}


def make_course(board, *, by, chair, owner=None, record_number="SYN-1", hanging=(), steps=1, **course):
    """A step of a plan in force that is given in four cycles, eight weeks apart, the first of them today; unless `course` says
    another course. `hanging`: what hangs on it."""
    plan = make_plan(make_case(board, by=by, record_number=record_number), by=by, steps=steps, owner=owner)
    first = plan.steps.order_by("position")[0]
    edit_step(first, {"planned_start": TODAY(), **(course or CYCLES)}, by=by)
    for line in hanging:
        add_monitoring(first, by=by, **line)
    submit(plan, by=by)
    release(plan, by=chair)
    return Step.objects.select_related("plan__case", "case", "board").get(pk=first.pk)


def make_template(
    board, *, name="Every six months", kinds=("cross_sectional", "markers"), every=6, months=24, window_days=14, lines=None,
    **fields,
):  # fmt: skip
    """A schedule of one line, or of these lines; each line is a dict of what it does not leave out."""
    schedule = FollowUpSchedule.objects.create(board=board, name=name, **({"source": "Local agreement"} | fields))
    whole = {
        "kinds": list(kinds),
        "interval": every,
        "ends_after": months,
        "ends_unit": "months",
        "window_days": window_days,
    }
    write_lines(schedule, [whole] if lines is None else lines)
    return schedule


def schedule_of(plan):
    """The one schedule of a plan, as a row of it."""
    return PlanSchedule.objects.live().get(plan=plan)


def make_follow_up(case, *, by, due_on=None, assignee=None, **fields):
    values = {"kind": "markers", "due_on": due_on or TODAY() + timedelta(days=30), "assignee": assignee or by}
    return add_follow_up(case, by=by, **(values | fields))
