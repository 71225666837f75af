"""What the nine questions come to, worked out once more from the rows as Django reads them: a loop for each sentence of a
definition, and nothing of the reports.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import median

from careplans.models import Advisory, CareEnded, Event, FollowUp, Occurrence, Plan, Signature, Step
from careplans.readers.known import Known
from careplans.readers.known.rows import rows_known
from careplans.readers.steps.due import due_of
from careplans.readers.steps.gates import State, gate_of

YEAR = timedelta(days=365)


def local(moment, row):
    return moment.astimezone(row.board.zone).date()


def within(day, today, since=None):
    return (since or today - YEAR) <= day <= today


def span(values):
    """Count, least, median and most."""
    values = sorted(values)
    return (len(values), values[0], float(median(values)), values[-1]) if values else (0, None, None, None)


def plans(board):
    rows = Plan.objects.filter(board=board, released_at__isnull=False).exclude(status="entered_in_error")
    return list(rows.select_related("board", "case"))


def releases(board, today, since):
    """By board, phase and modality: plans, first plans, cases, steps."""
    found = defaultdict(lambda: (set(), set(), set(), set()))
    for plan in plans(board):
        if within(local(plan.released_at, plan), today, since):
            steps = list(plan.steps.filter(removed_at=None))
            for key in {(step.phase, step.modality_code) for step in steps} or {(None, None)}:
                told = found[board.pk, *key]
                told[0].add(plan.pk)
                told[1].update({plan.pk} if plan.amends_id is None else ())
                told[2].add(plan.case_id)
                told[3].update(step.pk for step in steps if (step.phase, step.modality_code) == key)
    return {key: tuple(map(len, told)) for key, told in found.items()}


def standing_steps(board, today):
    """Each where it stands last, by its planned start or the release of its plan."""
    released = plans(board)
    rows = Step.objects.filter(plan__in=released, removed_at=None, is_decision=False).select_related("board", "plan")
    rows = list(rows.with_gate())
    carried = set(Step.objects.filter(plan__in=released, removed_at=None).values_list("carried_from", flat=True))
    last = [row for row in rows if row.pk not in carried]
    return last, [row for row in last if is_near(row.planned_start or local(row.plan.released_at, row), today)]


def is_near(day, today):
    """Ten years back and two ahead, where nobody says a period."""
    return today - 10 * YEAR <= day <= today + 2 * YEAR


NOT_COME = (
    "no_longer_indicated", "progression", "no_response", "sustained_remission", "deterioration", "medical_reason",
    "toxicity_or_not_tolerated", "pregnancy", "best_supportive_care", "died", "moved_away", "plan_revoked",
    "left_out_by_amendment",
)  # fmt: skip


def is_conditional(step, today):
    """Depends on something in words that nobody has said, or that did not come, or for which the patient was not fit or there."""
    dropped = step.status == "not_done" and step.reason in NOT_COME
    return bool(step.only_if) and (dropped or is_past(step, today))


def fell_away(step):
    """Left out by an amendment; or not overdue yet, by the next date that stood then, when the patient died or moved away."""
    if step.reason in ("died", "moved_away"):
        row = CareEnded.objects.select_related("end").get(step=step, end__withdrawn_at=None)
        end = row.end
        day = date(end.year, end.month, end.day) if end.day else local(end.recorded_at, step)
        waits = step.after_step is not None and step.after_step.status != "completed"
        return waits or (row.due_on or step.planned_start) + timedelta(days=step.board.grace_days) >= day
    return step.reason == "left_out_by_amendment"


def concordance(board, today):
    """By modality: all, ended (completed or stopped), not done, set aside, and unknown; and how often which reason."""
    figures, reasons = defaultdict(Counter), Counter()
    for step in standing_steps(board, today)[1]:
        told = figures[step.modality_code]
        told["steps"] += 1
        told["ended"] += step.status in ("completed", "stopped")
        told["not_done"] += step.status == "not_done" and not is_conditional(step, today) and not fell_away(step)
        told["set_aside"] += step.status == "set_aside"
        told["unknown"] += is_unknown(step, today)
        if step.status in ("stopped", "not_done"):
            reasons[step.modality_code, step.reason_given or step.reason or None] += 1
    return figures, reasons


def is_unknown(step, today):
    return is_past(step, today) and not is_conditional(step, today)


def is_past(step, today):
    """Not begun, it waits for nothing, and its date and the days of grace have passed."""
    due = due_of(step, step.board.grace_days)
    waits = gate_of(step, today).state == State.WAITING
    return (
        step.status in ("planned", "on_hold") and not step.started_on and not waits and bool(due and due.is_late(today))
    )


def cycles(board, today):
    """By modality: all, and those that were given."""
    last = {step.pk: step for step in standing_steps(board, today)[0]}
    found = defaultdict(Counter)
    for row in Occurrence.objects.filter(step__in=last):
        if is_near(row.planned_on, today):
            told = found[last[row.step_id].modality_code]
            told["cycles"] += 1
            told["given"] += row.given_on is not None
    return found


def waiting(board, today):
    """Of each first plan with all that amend it the days to the first step, and of those without one the days since."""
    children = defaultdict(list)
    for plan in Plan.objects.filter(board=board).exclude(status="entered_in_error"):
        children[plan.amends_id].append(plan.pk)
    found = defaultdict(list)
    for root in plans(board):
        if root.amends_id is not None or not within(local(root.released_at, root), today):
            continue
        chain = [root.pk]
        for pk in chain:
            chain += children[pk]
        begun = Step.objects.filter(plan__in=chain, removed_at=None, is_decision=False, started_on__lte=today)
        days = [step.started_on for step in begun]
        released = local(root.released_at, root)
        found["plans"].append(root.pk)
        if not days:
            name = "still_waiting" if may_begin(chain) else "ended_before"
            found[name].append((today - released).days)
            continue
        found["begun"].append(root.pk)
        for name, since in (
            ("from_referral", local(root.case.created_at, root)), ("from_decision", local(decided_at(root, board), root)),
            ("from_signoff", released),
        ):  # fmt: skip
            found[name] += [wait] if (wait := (min(days) - since).days) >= 0 else []
        found["begun_before"] += [root.pk] if min(days) < released else []
    return found


def may_begin(chain):
    """Whether the last of them is in force, with a step that is open."""
    newest = Plan.objects.filter(pk__in=chain, released_at__isnull=False).order_by("-released_at", "-pk").first()
    return newest.is_in_force and newest.steps.filter(removed_at=None).open().exists()


def decided_at(root, board):
    """Of the first plan of a case the first discussion or sending; of a later one its own sending."""
    of_case = [plan for plan in plans(board) if plan.case_id == root.case_id]
    if root != min((plan for plan in of_case if plan.amends_id is None), key=lambda plan: (plan.submitted_at, plan.pk)):
        return root.submitted_at
    moves = Event.objects.filter(case=root.case_id, kind="case_moved", new="discussed").values_list("at", flat=True)
    return min([*moves, *(plan.submitted_at for plan in of_case)])


def overdue(board, today, known=None):
    """By owner, how many days late each step and follow-up is. As known at a moment, or as it stands."""
    if known is None:
        steps, follow_ups = Step.objects.filter(board=board), FollowUp.objects.filter(board=board)
        in_force = {plan.pk for plan in plans(board) if plan.is_in_force}
    else:
        then = Known(known)
        steps, follow_ups = rows_known(Step, then, board=board.pk), rows_known(FollowUp, then, board=board.pk)
        in_force = {plan.pk for plan in rows_known(Plan, then, board=board.pk) if plan.is_in_force}
    found = defaultdict(list)
    for step in steps:
        is_open = (
            step.status in ("planned", "in_progress", "on_hold") and not step.carried_over_at and not step.removed_at
        )
        if is_open and step.due_on and step.plan_id in in_force:
            late = (today - step.due_on).days - board.grace_days
            found[step.assignee_id] += [late] if late > 0 else []
    for row in follow_ups:
        if row.status == "planned" and row.due_until < today:
            found[row.assignee_id].append((today - row.due_until).days)
    return {owner: days for owner, days in found.items() if days}


def answers(board, today):
    """By rule and answer, how often."""
    rows = Advisory.objects.filter(board=board, carried_from=None).exclude(plan__status="entered_in_error")
    rows = rows.select_related("board")
    return Counter((row.rule, row.answer or None) for row in rows if within(local(row.fired_at, row), today))


def signing(board, today):
    """By discipline: how many were asked, and the whole hours of those that answered what they were asked."""
    asked, hours = Counter(), defaultdict(list)
    rows = Signature.objects.filter(board=board).exclude(plan__status="entered_in_error").select_related("board")
    for row in rows:
        if within(local(row.requested_at, row), today):
            discipline = row.signed_discipline or row.discipline
            asked[discipline] += 1
            if row.signed_at and row.is_required:
                hours[discipline].append(int((row.signed_at - row.requested_at).total_seconds() // 3600))
    return asked, hours
