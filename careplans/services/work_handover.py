"""Everything that somebody has to do passes to others at once, in as many statements for three hundred rows as for three.

Inside the caller's transaction, which holds the memberships of the one who leaves and of those who take over: whoever gives
somebody work takes theirs first (careplans/locks.py), so nothing is added meanwhile, and nobody takes over who leaves as well.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Board, Membership, Role, User
from accounts.services.notices import add_notice
from careplans import history
from careplans.guards import able_on
from careplans.models import Case, FollowUp, Plan, PlanSchedule, Signature, Step
from careplans.readers.holdings import ASKED, WORK, counted, delegated_to, held_by
from careplans.reminders.schedule import cancel_for_signatures, schedule_follow_ups, schedule_signature, schedule_steps
from careplans.services.signatures import people_for
from common.writing import lock, note_change, note_pair

# Kind of work -> who takes it over.
Successors = Mapping[str, User]


@dataclass(frozen=True)
class Held:
    """The rows of somebody, taken in the one order and read under their locks."""

    steps: list[Step]
    follow_ups: list[FollowUp]
    schedules: list[PlanSchedule]
    cases: list[Case]
    drafts: list[Plan]
    delegated: list[Signature]

    def on(self, board: Board) -> "Held":
        return Held(*([row for row in rows if row.board_id == board.pk] for rows in vars(self).values()))

    def counts(self, kinds: Collection[str]) -> dict[str, int]:
        return {kind: len(vars(self)[kind]) for kind in WORK if kind in kinds and vars(self)[kind]}


def take_held(person: User, boards: Sequence[Board]) -> Held:
    """Cases, then plans, steps, signatures and follow-ups; what has been done or handed over meanwhile is not among them."""
    rows = held_by(person, boards)
    found = {
        kind: list(some.values_list("pk" if kind == "cases" else "case_id", flat=True)) for kind, some in rows.items()
    }
    delegated = delegated_to(person, boards)
    cases = {pk for some in found.values() for pk in some} | set(delegated.values_list("plan__case", flat=True))
    lock(Case.objects.filter(pk__in=cases))
    concerned = Q(status__in=Plan.OPEN) | Q(pk__in=list(rows["schedules"].values_list("plan", flat=True)))
    lock(Plan.objects.filter(concerned, case__in=cases))
    steps = lock(rows["steps"])
    signatures = lock(delegated.select_related("plan", "board"))
    return Held(
        steps=steps, follow_ups=lock(rows["follow_ups"]), schedules=list(rows["schedules"]), cases=list(rows["cases"]),
        drafts=list(rows["drafts"]), delegated=signatures,
    )  # fmt: skip


def pass_on_work(
    person: User, board: Board, held: Held, to: Successors, *, by: User, why: str, everything: bool = True
) -> None:
    """What is held on one board goes to the successors. With `everything`, none may be left out while anybody is there."""
    _check(person, board, held, to, everything=everything)
    if "steps" in to:
        _reassign(held.steps, "step_handed_over", to["steps"], by=by, why=why)
        if held.steps:
            schedule_steps(held.steps, board)
    if "follow_ups" in to:
        _reassign(held.follow_ups, "follow_up_changed", to["follow_ups"], by=by, why=why)
        if held.follow_ups:
            schedule_follow_ups(held.follow_ups, board)
        _schedules(held.schedules, to["follow_ups"], by=by, why=why)
    if "cases" in to:
        _cases(held.cases, to["cases"], by=by, why=why)
    if "drafts" in to:
        _plans(held.drafts, "draft_with", to["drafts"], by=by, why=why)
    _tell(person, board, held, to, why=why)


def _check(person: User, board: Board, held: Held, to: Successors, *, everything: bool) -> None:
    able = able_on(board, {user.pk for user in to.values()})
    problems = {
        f"b{board.pk}-{kind}": f"{user.name} cannot act on {board.name}. Choose somebody else."
        for kind, user in to.items()
        if user.pk not in able or user.pk == person.pk
    }
    if everything and is_anybody_else_there(person, board):
        counts = held.counts(WORK)
        for kind in ASKED:
            asked = counts.get(kind) or (kind == "follow_ups" and counts.get("schedules"))
            if asked and kind not in to:
                words = counted(WORK, kind, counts[kind]) if kind in counts else "the schedules that go on"
                problems[f"b{board.pk}-{kind}"] = f"Choose who takes over {words} on {board.name}."
    if problems:
        raise ValidationError(problems)


def is_anybody_else_there(person: User, board: Board) -> bool:
    others = Membership.objects.filter(board=board, ended_at=None).exclude(user=person)
    return bool(able_on(board, list(others.values_list("user_id", flat=True))))


def _reassign(rows: Sequence[Step] | Sequence[FollowUp], kind: str, to: User, *, by: User, why: str) -> None:
    """Their reminders are the caller's to write anew."""
    if not rows:
        return
    for row in rows:
        note_change(row, {"assignee": to})
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).update(assignee=to, version=F("version") + 1)
    for row in rows:
        row.assignee, row.version = to, row.version + 1
    history.record_all(rows, kind, by=by, reason=why, fields=["assignee"], to=to.pk)


def _plans(plans: Sequence[Plan], column: str, to: User, *, by: User, why: str) -> None:
    changes = {column: to, "version": F("version") + 1, "updated_at": timezone.now()}
    for plan in plans:
        note_change(plan, {column: to})
    Plan.objects.filter(pk__in=[plan.pk for plan in plans]).update(**changes)
    history.record_all(plans, "plan_handed_over", by=by, reason=why, fields=[column], to=to.pk)


def _schedules(rows: Sequence[PlanSchedule], to: User, *, by: User, why: str) -> None:
    PlanSchedule.objects.filter(pk__in=[row.pk for row in rows]).update(done_with=to)
    # The plan serves them, so its version moves with them.
    plans = list(Plan.objects.filter(pk__in={row.plan_id for row in rows}).order_by("pk"))
    Plan.objects.filter(pk__in=[plan.pk for plan in plans]).update(version=F("version") + 1, updated_at=timezone.now())
    by_key = {plan.pk: plan for plan in plans}
    for row in rows:
        note_pair(by_key[row.plan_id], f"schedule {row.schedule_id} done by", row.doer_id, to.pk)
    history.record_all(plans, "plan_handed_over", by=by, reason=why, fields=["schedules"], to=to.pk)


def _cases(cases: Sequence[Case], to: User, *, by: User, why: str) -> None:
    changes = {"responsible": to, "version": F("version") + 1, "updated_at": timezone.now()}
    for case in cases:
        note_change(case, {"responsible": to})
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(**changes)
    history.record_all(cases, "case_changed", by=by, reason=why, fields=["responsible"], to=to.pk)


def _tell(person: User, board: Board, held: Held, to: Successors, *, why: str) -> None:
    """Each successor, once, with all that is theirs now; without a patient's name, since there may be many."""
    taken: dict[User, list[str]] = {}
    counts = held.counts(WORK)
    for kind, number in counts.items():
        user = to.get("follow_ups" if kind == "schedules" else kind)
        if user is not None:
            taken.setdefault(user, []).append(counted(WORK, kind, number))
    for user, words in taken.items():
        add_notice(
            user, kind="handed_over", text=f"{why}. You have taken over on {board.name}: {', '.join(words)}.", path="/",
            dedupe_key=f"handed_over.{board.pk}.{person.pk}.{user.pk}.{timezone.now():%Y%m%d%H%M%S%f}", board=board,
        )  # fmt: skip


def take_back_delegations(signatures: Sequence[Signature], *, by: User | None, why: str) -> None:
    """Whoever was asked cannot answer any more, so the discipline is asked again."""
    for signature in signatures:
        Signature.objects.filter(pk=signature.pk).update(status=Signature.Status.PENDING, delegated_to=None)
        signature.status, signature.delegated_to = Signature.Status.PENDING, None
        history.record(signature.plan, "signature_asked_again", by=by, reason=why, discipline=signature.discipline)
    cancel_for_signatures(signatures, reason="the discipline is asked again")
    for signature in signatures:
        schedule_signature(signature, people_for(signature))


def tell_nobody_signs(signatures: Sequence[Signature], *, why: str) -> None:
    """Nobody on the board can give these any more: its chairs and coordinators are told, with the patient, once for each."""
    leads = Membership.objects.filter(
        board__in={row.board_id for row in signatures}, ended_at=None, user__is_active=True,
        role__in=(Role.COORDINATOR, Role.CHAIR),
    )  # fmt: skip
    for lead in leads.select_related("user").order_by("pk"):
        for row in signatures:
            if row.board_id == lead.board_id:
                text = (
                    f"{row.plan.case.patient}, plan {row.plan.number}: {why}, and nobody on the board can sign for "
                    f"{row.discipline_label.lower()} now."
                )
                add_notice(
                    lead.user, kind="signatures", text=text, path=f"/plans/{row.plan_id}/sign-off/",
                    dedupe_key=f"nobody_signs.{row.pk}.{lead.user_id}", board=row.board_id,
                )  # fmt: skip
