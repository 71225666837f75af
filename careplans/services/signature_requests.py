"""Which disciplines a plan needs, and how they are asked: when it is sent to sign-off, and again when its facts change."""

from collections.abc import Collection, Sequence

from accounts.models import RequiredDiscipline, User
from careplans import history
from careplans.models import Case, Plan, Proforma, Signature, Step
from careplans.reminders.news import tell_of_plan
from careplans.reminders.schedule import Kind, schedule_signatures
from common.writing import lock

# What a board's list of disciplines asks of the facts.
READ = ("heart_disease", "functional_status")
BY_FACTS = (RequiredDiscipline.When.CARCINOID_HEART, RequiredDiscipline.When.FUNCTIONAL_RESECTION)
LIVER_DIRECTED = ("RFA", "TAE", "TACE", "SIRT")
HEART_DISEASE = ("suspected", "mild", "moderate", "severe")


def needed_disciplines(plan: Plan, steps: Sequence[Step], facts: Proforma) -> list[RequiredDiscipline]:
    """Which signatures this plan needs: the board's list, as the plan and the facts call for it (domain note D.1)."""
    # Nobody signs for what was stopped or not done in the plan before. What is set aside can come back.
    gone = (Step.Status.STOPPED, Step.Status.NOT_DONE)
    modalities = {step.modality_code for step in steps if step.status_ahead not in gone}
    applies: dict[str, bool] = {
        RequiredDiscipline.When.ALWAYS: True,
        RequiredDiscipline.When.LIVER_DIRECTED: bool(modalities.intersection(LIVER_DIRECTED)),
        RequiredDiscipline.When.CARCINOID_HEART: facts.heart_disease in HEART_DISEASE,
        RequiredDiscipline.When.FUNCTIONAL_RESECTION: "SURG" in modalities and facts.functional_status == "functional",
    }
    return [row for row in RequiredDiscipline.objects.filter(board_id=plan.board_id) if applies[row.when]]


def request_signatures(plan: Plan, steps: Sequence[Step], facts: Proforma, *, by: User) -> list[Signature]:
    """One awaited signature for each needed discipline, and a notice to everybody who may give it; where none is needed, the
    plan is ready at once."""
    requests = _ask(plan, needed_disciplines(plan, steps, facts))
    if not requests:
        tell_of_plan(Kind.READY, plan, by=by)
    return requests


def newly_needed(plan: Plan, facts: Proforma) -> list[RequiredDiscipline]:
    """What the facts as they stand call for, and nobody was asked for or has answered by themselves. Three queries."""
    standing = list(Signature.objects.filter(plan=plan, content_version=plan.content_version).current())
    asked = {one.discipline for one in standing}
    answered = {one.signed_discipline for one in standing if not one.is_required}
    steps = list(Step.objects.filter(plan=plan).for_plan())
    return [
        row
        for row in needed_disciplines(plan, steps, facts)
        if row.when in BY_FACTS
        and row.discipline not in asked
        and not (row.alternative and row.alternative in answered)
    ]


def ask_newly_needed(case: Case, facts: Proforma, changed: Collection[str], *, by: User) -> None:
    """Facts were saved, with the case taken: a plan in sign-off asks whom they call for besides. Nobody is asked less."""
    if not set(READ).intersection(changed):
        return
    for plan in lock(Plan.objects.filter(case=case, status=Plan.Status.IN_SIGNOFF)):
        for signature in _ask(plan, newly_needed(plan, facts)):
            history.record(plan, "signature_asked", by=by, discipline=signature.discipline)


def _ask(plan: Plan, rows: Sequence[RequiredDiscipline]) -> list[Signature]:
    requests = [
        Signature.objects.create(
            board_id=plan.board_id, plan=plan, discipline=row.discipline, alternative=row.alternative,
            content_version=plan.content_version, content_hash=plan.content_hash,
        )
        for row in rows
    ]  # fmt: skip
    schedule_signatures(plan, requests)
    return requests
