"""Two hundred cases and more, none like another: every code of every fact, and whatever a person can be called or have had."""

import random
from datetime import UTC, date, datetime, timedelta

from accounts.models import Board
from careplans.demo.large.board import Size, make_large
from careplans.models import (
    Advisory,
    Arm,
    Case,
    FollowUp,
    Occurrence,
    OutboxMessage,
    Patient,
    PatientName,
    Plan,
    PriorTreatment,
    Proforma,
    Reminder,
    Signature,
    Specimen,
    Step,
    StepBreak,
)
from careplans.models.fact_values import OtherSite
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.proforma import FIELDS
from careplans.models.specimens import SPECIMEN_FIELDS
from careplans.rules.in_force import SEED
from common.figures import NotAFigure
from common.partial_dates import PartialDate

NAMES = ("Ōe", "O", "李", "محمد", "Nguyễn-Þórsdóttir", "D'Arcy \U0001f33b", "von der Groeben", "X Æ", "Ґалаґан", "ɓ̃")
DAYS = (
    PartialDate(2019),
    PartialDate(2020, 2),
    PartialDate(2020, 2, 29),
    PartialDate(1931, 12, 31),
    PartialDate(2026, 1),
)
FIGURES = ("6", "<1", ">2", "3-5", "2.5", "ca. 5", ">=2", "<=3", "0", "1.0")
TEXTS = ("Line one\nline two", "“quoted” <b>&amp;</b>", " spaces ", "ß", "0", "x" * 150)
ASSESSED = ("complete", "partial", "stable", "progression", "not_evaluable")


def make_cases(board_name="Varied", *, plans=225, seed=14):
    """The board; its rows are written past the services, which have no way to all of this."""
    make_large(Size(plans, seed, board_name), say=lambda line: None)
    board, chance = Board.objects.get(name=board_name), random.Random(seed)
    people(board, chance)
    facts(board, chance)
    treatments(board, chance)
    deliveries(board, chance)
    endings(board, chance)
    return board


def people(board, chance):
    rows = list(Patient.objects.filter(cases__board=board).distinct().order_by("pk"))
    for place, row in enumerate(rows):
        row.family_name, row.given_name = chance.choice(NAMES), chance.choice((*NAMES, ""))
        row.birth_date, row.sex = chance.choice(DAYS), chance.choice(Patient.Sex.values)
        row.is_synthetic = place % 3 > 0
        if place % 7 == 0:
            row.is_dead = True
            row.died_year, row.died_month, row.died_day = chance.choice(
                ((None, None, None), (2026, None, None), (2026, 2, 28))
            )
        elif place % 7 == 1:
            row.transferred_to, row.transferred_on = "Elsewhere & Co", date(2026, 3, 4)
        elif place % 7 == 2:
            PatientName.objects.create(
                patient=row,
                kind=chance.choice(PatientName.Kind.values),
                family_name="Früher",
                created_by=row.created_by,
            )
    Patient.objects.bulk_update(rows, [
        "family_name", "given_name", "birth_date", "sex", "is_synthetic", "is_dead", "died_year", "died_month", "died_day",
        "transferred_to", "transferred_on",
    ])  # fmt: skip
    Patient.objects.filter(pk=rows[-1].pk).update(merged_into=rows[0])


def can_be(column, written):
    try:
        return column.figure(written) is not None
    except NotAFigure:
        return False


def value_of(column, chance):
    if column.choices:
        return chance.choice([code for code, _ in column.choices])
    if isinstance(column, FigureColumn):
        return chance.choice([one for one in FIGURES if can_be(column, one)])
    if isinstance(column, PartialDateColumn):
        return chance.choice(DAYS)
    if column.name == "other_metastatic_sites":
        return chance.sample(OtherSite.values, chance.randint(0, 3))
    kind = column.get_internal_type()
    if kind == "DecimalField":
        return chance.choice(("-12.5", "0", "3.25"))
    if kind == "PositiveIntegerField":
        return chance.randint(1, 4)
    return chance.choice(TEXTS)


def facts(board, chance):
    """One in twelve of the facts of each case, so that each is there a dozen times, and beside any other."""
    rows = list(Proforma.objects.filter(case__board=board).order_by("pk"))
    for row in rows:
        for name in FIELDS:
            column = Proforma._meta.get_field(name)
            setattr(row, name, value_of(column, chance) if chance.random() < 0.08 else column.get_default())
    Proforma.objects.bulk_update(rows, FIELDS)
    for row in rows[::5]:
        values = {
            name: value_of(Specimen._meta.get_field(name), chance) for name in SPECIMEN_FIELDS if chance.random() < 0.5
        }
        made = Specimen.objects.create(board=board, case_id=row.pk, created_by=row.case.created_by, **values)
        if row.pk % 2:
            Proforma.objects.filter(pk=row.pk).update(deciding_specimen=made)


def treatments(board, chance):
    for case in Case.objects.filter(board=board).order_by("pk")[::3]:
        begun, ended = (
            chance.choice((None, PartialDate(2018, 3))),
            chance.choice((None, PartialDate(2018), PartialDate(2020, 1, 1))),
        )
        PriorTreatment.objects.create(
            case=case, modality_code=chance.choice(Step.ModalityCode.values), description=chance.choice((*TEXTS, "")),
            started_on=begun, ended_on=ended, ended=chance.choice(PriorTreatment.Ended.values),
            toxicity=chance.choice(TEXTS)[:150], created_by=case.created_by,
        )  # fmt: skip


def deliveries(board, chance):
    """Every course, goal, target, fate and outcome of a step; cycles with each fate; breaks and decisions."""
    steps = list(Step.objects.filter(board=board, removed_at=None).select_related("plan").order_by("pk"))
    for step in steps:
        step.course, step.goals = (
            chance.choice(Step.Course.values),
            chance.sample(Step.Goal.values, chance.randint(1, 3)),
        )
        step.phase, step.target = chance.choice(Step.Phase.values), chance.choice((*Step.Target.values, ""))
        step.modality_code = chance.choice(Step.ModalityCode.values)
        step.description, step.agent = (
            chance.choice((*TEXTS, "")),
            chance.choice(("octreotide LAR", "", "177Lu-DOTATATE")),
        )
        step.rationale, step.only_if = chance.choice((*TEXTS, "")), chance.choice((*TEXTS, ""))
        step.stop_when = "progression" if step.is_ongoing else ""
        step.interval, step.interval_unit = (
            (4, chance.choice(Step.IntervalUnit.values)) if step.is_repeated else (None, "")
        )
        step.occurrences_planned = chance.choice((None, 1, 6)) if step.course in ("cycles", "sessions") else None
        step.not_before = chance.choice((None, date(2026, 5, 1)))
        fate(step, chance)
    names = [
        "course", "goals", "phase", "target", "modality_code", "description", "agent", "rationale", "only_if",
        "stop_when", "interval",
        "interval_unit", "occurrences_planned", "not_before", "status", "started_on", "ended_on", "reason", "reason_note",
        "fulfilment", "response", "response_on", "progression", "progressed_on", "toxicity", "toxicity_term", "symptom_control",
        "due_on",
    ]  # fmt: skip
    Step.objects.bulk_update(steps, names)
    for step in [one for one in steps if one.is_repeated and one.plan.released_at][:150]:
        cycles(step, chance)
    for before, step in zip(steps, steps[1:], strict=False):
        if before.plan_id == step.plan_id and before.position < step.position and chance.random() < 0.5:
            Step.objects.filter(pk=step.pk).update(after_step=before, after_event=chance.choice(("ended", "begun")))
    for step in steps[::25]:
        decide(step, chance)


def fate(step, chance):
    if not step.plan.released_at:
        return
    step.status = chance.choice(("planned", "in_progress", "on_hold", "completed", "stopped", "not_done", "set_aside"))
    begun, over = step.status in ("in_progress", "completed", "stopped"), step.status in Step.ENDED
    step.started_on = date(2026, 3, 1) if begun else None
    step.ended_on = date(2026, 4, 1) if over and begun else None
    step.due_on = None if over else date(2026, 9, 1)
    step.reason = chance.choice(Step.Reason.values) if step.status in ("stopped", "not_done") else ""
    step.reason_note = "in words" if step.reason else ""
    step.fulfilment = (
        chance.choice(Step.Fulfilment.values)
        if step.status == "completed"
        else "partial"
        if step.status == "stopped"
        else ""
    )
    outcome(step, chance)


def outcome(row, chance):
    row.response, row.progression = chance.choice(row.Response.values), chance.choice(row.Progression.values)
    row.response_on = date(2026, 5, 2) if row.response in ASSESSED else None
    row.progressed_on = date(2026, 6, 2) if row.progression == "yes" else None
    row.toxicity, row.symptom_control = chance.choice(row.Toxicity.values), chance.choice(row.SymptomControl.values)
    row.toxicity_term = "Nausea" if row.toxicity.startswith("grade") else ""


def cycles(step, chance):
    for number in range(1, 1 + (step.occurrences_planned or 3)):
        status = chance.choice(Occurrence.Status.values)
        given = date(2026, 3, number) if status in Occurrence.DELIVERED else None
        reason = "" if status in ("planned", "given") else "other"
        Occurrence.objects.get_or_create(
            step=step, number=number,
            defaults={
                "board_id": step.board_id, "case_id": step.case_id, "planned_on": date(2026, 3, 1), "status": status,
                "given_on": given, "reason": reason, "reason_note": "half of it" if reason else "",
            },
        )  # fmt: skip
    if step.status == "on_hold":
        StepBreak.objects.create(
            board_id=step.board_id, case_id=step.case_id, step=step, held_from=date(2026, 4, 1), reason="patient_choice"
        )


def decide(step, chance):
    """Made a decision of, with an arm that nothing follows and one that the steps after it stand in."""
    Step.objects.filter(pk=step.pk).update(
        is_decision=True, modality_code="OTHER", arm=None, choice_reason="as it was", description="Re-staging", course="once",
        interval=None, interval_unit="", occurrences_planned=None, stop_when="",
    )  # fmt: skip
    with_steps = Arm.objects.create(
        board_id=step.board_id, decision=step, position=1, name="responds", condition="PR or better"
    )
    Arm.objects.create(
        board_id=step.board_id, decision=step, position=2, name="ß", no_step=chance.choice(("", "follow-up"))
    )
    later = Step.objects.filter(plan=step.plan_id, position__gt=step.position, is_decision=False).order_by("pk").first()
    if later:
        Step.objects.filter(pk=later.pk).update(arm=with_steps)
    if step.status == "completed":
        Step.objects.filter(pk=step.pk).update(chosen_arm=chance.choice((with_steps, None)))


def endings(board, chance):
    """Every state of a plan, a signature, a follow-up, an advisory, a case."""
    plans = list(Plan.objects.filter(board=board).order_by("pk"))
    for plan in plans:
        if plan.released_at:
            outcome(plan, chance)
    names = ["response", "response_on", "progression", "progressed_on", "toxicity", "toxicity_term", "symptom_control"]
    Plan.objects.bulk_update(plans, names)
    for plan in plans[::9]:
        changed = (
            {"no_treatment": True, "no_treatment_reason": "frailty"}
            if plan.status == "draft"
            else {"outcome_note": "ß"}
        )
        Plan.objects.filter(pk=plan.pk).update(**changed)
    for row in Signature.objects.filter(board=board, signed_at__isnull=False).order_by("pk")[::4]:
        Signature.objects.filter(pk=row.pk).update(
            status=chance.choice(("dissented", "approved_with_comment", "void")), comment="because"
        )
    for row in FollowUp.objects.filter(board=board).order_by("pk"):
        status = chance.choice(FollowUp.Status.values)
        values = {
            "status": status,
            "kind": chance.choice(row._meta.get_field("kind").choices)[0],
            "reason": "because",
            "title": f"t{row.pk}",
        }
        FollowUp.objects.filter(pk=row.pk).update(**values, done_on=date(2026, 2, 2) if status == "done" else None)
    advisories(board, chance)
    sent(board)


def advisories(board, chance):
    now = datetime(2026, 5, 1, 10, tzinfo=UTC)
    for place, plan in enumerate(Plan.objects.filter(board=board).order_by("pk")[:60]):
        state = Advisory.State.values[place % 4]
        answer = chance.choice(Advisory.Answer.values) if state in ("followed", "kept") else ""
        by = {"answered_by": plan.created_by, "answered_at": now + timedelta(days=1)} if answer else {}
        Advisory.objects.create(
            board=board, case_id=plan.case_id, plan=plan, rule=SEED.rules[place % len(SEED.rules)].id,
            rule_set="seed-1", basis="direct",
            advice="Consider it.", severity=chance.choice(Advisory.Severity.values), content_version=1, fired_at=now,
            state=state, answer=answer, note="in words", citation="a paper", ended_at=now if state == "obsolete" else None, **by,
        )  # fmt: skip


def sent(board):
    """Of the reminders that went out a few, each by both channels."""
    kept = Reminder.objects.filter(board=board, status="delivered").order_by("pk").values_list("pk", flat=True)[:20]
    OutboxMessage.objects.filter(reminder__board=board).exclude(reminder__in=list(kept)).update(
        status="cancelled", sent_at=None
    )
