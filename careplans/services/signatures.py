from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gaps import Gap, gaps_among
from accounts.models import Membership, User
from accounts.permissions import membership_on
from careplans import history
from careplans.guards import check_open, check_reason, check_transition
from careplans.locks import take_plan, take_right, take_signature
from careplans.models import Event, Plan, PlanSchedule, Proforma, Signature, Step
from careplans.models.plan_content import content_hash
from careplans.reminders.news import tell_of_plan
from careplans.reminders.schedule import Kind, cancel_for_signatures, schedule_signature
from careplans.services import plan_content_lock
from careplans.services.changed_facts import check_facts_seen
from careplans.services.last_looks import note_look
from careplans.services.signature_requests import needed_disciplines, newly_needed
from common.errors import Conflict
from common.writing import compare_seen_and_set, transactional


@dataclass(frozen=True)
class Seen:
    """What was on the screen of whoever answers. Without `facts_version` (the API) nothing is said of the facts; `seen_event`: up
    to which event they were told what had changed."""

    content_version: int
    content_hash: str
    facts_version: int | None
    seen_event: int | None


@transactional
def sign_plan(
    plan: Plan, *, by: User, expected_version: int, expected_hash: str, comment: str = "", facts_version: int | None = None,
    seen_event: int | None = None,
) -> Signature:  # fmt: skip
    """Sign exactly the content that was shown, for one's own discipline.

    `expected_version` is the content version on the screen, `facts_version` that of the proforma. Raises Conflict when the
    content or a fact that decides changed meanwhile, and ValidationError when the discipline has signed already. Two people
    signing at once both succeed.
    """
    status = Signature.Status.APPROVED_WITH_COMMENT if comment.strip() else Signature.Status.APPROVED
    seen = Seen(expected_version, expected_hash, facts_version, seen_event)
    return _answer(plan, status, by=by, seen=seen, comment=comment)


@transactional
def dissent_from_plan(
    plan: Plan, *, by: User, expected_version: int, expected_hash: str, reason: str, facts_version: int | None = None,
    seen_event: int | None = None,
) -> Signature:  # fmt: skip
    """Put a dissent on record. It counts as the discipline's answer; the chair decides and must say why."""
    reason = check_reason(reason, what="your dissent")
    seen = Seen(expected_version, expected_hash, facts_version, seen_event)
    return _answer(plan, Signature.Status.DISSENTED, by=by, seen=seen, comment=reason)


@transactional
def send_back_plan(
    plan: Plan, *, by: User, expected_version: int, expected_hash: str, reason: str, facts_version: int | None = None,
    seen_event: int | None = None,
) -> Signature:  # fmt: skip
    """Decline: the plan goes back to draft, and every other signature is void."""
    reason = check_reason(reason, what="sending the plan back")
    seen = Seen(expected_version, expected_hash, facts_version, seen_event)
    signature = _answer(plan, Signature.Status.DECLINED, by=by, seen=seen, comment=reason)
    plan_content_lock.return_to_draft(plan, by=by, expected_version=plan.version, reason=f"sent back: {reason}")
    tell_of_plan(Kind.SENT_BACK, plan, by=by, why=signature.discipline_label.lower())
    return signature


@transactional
def delegate_signature(signature: Signature, *, by: User, to: User) -> Signature:
    """Let another board member answer for one's discipline. The discipline stays."""
    take_right(by, "plans.sign", signature.board_id)
    take_signature(signature)
    check_open(signature.plan.case)
    if signature.plan.status != Plan.Status.IN_SIGNOFF:
        raise ValidationError("This plan is not in sign-off any more, so nobody is asked to sign it.")
    check_transition(Signature.TRANSITIONS, signature.status, Signature.Status.DELEGATED, noun="signature")
    if _discipline_of(by, signature.plan) not in signature.disciplines:
        raise ValidationError(f"Only a member of {signature.discipline_label.lower()} may delegate this signature.")
    other = membership_on(to, signature.board_id)
    if other is None or other.role not in ("member", "chair") or to.pk == by.pk:
        raise ValidationError({"to": "Choose another member of this board who may sign."})
    if other.discipline not in signature.disciplines and not signature.board.delegates_may_lack_discipline:
        label = signature.discipline_label.lower()
        raise ValidationError(
            {
                "to": f"{to.name} does not hold {label}, and this board lets nobody else answer for it. Choose somebody who does."
            }
        )
    if to.pk == signature.plan.created_by_id and other.discipline not in signature.disciplines:
        raise ValidationError({"to": "The author of a plan signs only for their own discipline."})
    answered = "Somebody answered this signature just now. Look at the plan again."
    values = {"status": Signature.Status.DELEGATED, "delegated_to": to}
    compare_seen_and_set(signature, {"status": Signature.Status.PENDING}, values, message=answered)
    cancel_for_signatures([signature], reason="delegated")
    schedule_signature(signature, [to])
    history.record(
        signature.plan, "signature_delegated", by=by, discipline=signature.discipline, to=to.pk, to_name=to.name,
        of=signature,
    )  # fmt: skip
    return signature


def check_signed(plan: Plan, *, expected_hash: str, note: str) -> None:
    """Guards of the release: every asked discipline has answered, to this content; a dissent is answered in words."""
    standing = list(Signature.objects.filter(plan=plan, content_version=plan.content_version).current())
    missing = [signature.discipline_label for signature in standing if signature.is_awaited]
    if missing:
        raise ValidationError(f"Still awaited: {', '.join(missing)}. The plan can be released when all have answered.")
    unasked = newly_needed(plan, Proforma.objects.get(case=plan.case_id))
    if unasked:
        names = ", ".join(row.get_discipline_display() for row in unasked)
        raise ValidationError(
            f"The facts now call for an answer that nobody was asked for: {names}. A member of it may answer here; or take "
            "the plan back to draft and send it to sign-off again."
        )
    _check_content(plan, expected_hash)
    if any(signature.content_hash != plan.content_hash for signature in standing):
        raise ValidationError("A signature belongs to another content of this plan. Send the plan to sign-off again.")
    if any(signature.status == Signature.Status.DISSENTED for signature in standing) and not note.strip():
        raise ValidationError({"note": "A dissent is on record. Say why the plan is released all the same."})


# What makes somebody an author of what is signed; to open an empty draft is not enough.
WRITING = (
    "plan_amends", "plan_copied", "plan_from_template", "plan_edited", "step_added", "step_edited", "step_removed",
    "step_restored", "steps_reordered",
)  # fmt: skip


def check_not_alone(plan: Plan, *, by: User) -> None:
    """Guard of the release: at least two people stand behind a plan in force. Somebody else has signed in agreement, or has
    written of its content, or has sent it to sign-off; whoever releases may have done any of these, but not all of them alone."""
    agreed = (Signature.Status.APPROVED, Signature.Status.APPROVED_WITH_COMMENT)
    signed = Signature.objects.filter(plan=plan, content_version=plan.content_version, status__in=agreed)
    if signed.exclude(signer=by).exists() or plan.submitted_by_id != by.pk:
        return
    if not Event.objects.filter(plan=plan, kind__in=WRITING).exclude(by=by).exists():
        raise ValidationError(
            "You wrote this plan, and nobody else has signed it: one person alone does not bring a plan into force. Ask another "
            "member of the board to sign it, or another chair to release it."
        )


def signature_for(user: User, plan: Plan, signatures: Sequence[Signature]) -> Signature | None:
    """The awaited signature that this person may give, if any: delegated to them, or of their discipline. No query.

    A delegate answers only for a discipline that they hold, unless the board says otherwise.
    """
    membership = membership_on(user, plan.board_id)
    if membership is None or plan.status != Plan.Status.IN_SIGNOFF:
        return None
    awaited = [signature for signature in signatures if signature.is_awaited]
    held = [signature for signature in awaited if membership.discipline in signature.disciplines]
    lent = awaited if membership.board.delegates_may_lack_discipline else held
    delegated = next((signature for signature in lent if signature.delegated_to_id == user.pk), None)
    # Last what they gave to somebody else: whoever holds the discipline may still answer.
    own = next((signature for signature in sorted(held, key=lambda one: one.delegated_to_id is not None)), None)
    return delegated or own


def _answer(plan: Plan, status: str, *, by: User, seen: Seen, comment: str) -> Signature:
    take_right(by, "plans.sign", plan.board_id)
    take_plan(plan)
    check_open(plan.case)
    if plan.content_version != seen.content_version:
        raise Conflict("The plan changed after the version that you saw. Read it as it stands now, then sign.")
    _check_content(plan, seen.content_hash)
    check_facts_seen(plan, seen.facts_version)
    standing = list(Signature.objects.filter(plan=plan, content_version=plan.content_version).current())
    signature = signature_for(by, plan, standing) or _voluntary(plan, by, standing)
    discipline = _discipline_of(by, plan)
    answer = {
        "status": status, "signer": by, "signed_at": timezone.now(), "comment": comment.strip(),
        "signed_discipline": discipline if discipline in signature.disciplines else signature.discipline,
    }  # fmt: skip
    was_asked = signature.pk is not None
    if was_asked:
        answered = "Somebody of your discipline answered just now. Look at the plan again."
        compare_seen_and_set(signature, {"status": signature.status}, answer, message=answered)
    else:
        _insert(signature, answer)
    cancel_for_signatures([signature], reason="answered")
    history.record(
        plan, "plan_answered", by=by, new=status, reason=comment.strip(), discipline=signature.signed_discipline,
        content_version=plan.content_version, of=signature,
    )  # fmt: skip
    if seen.seen_event is not None:
        note_look(by, seen.seen_event, plan=plan)
    _tell(plan, signature, was_asked=was_asked, by=by)
    return signature


def _tell(plan: Plan, signature: Signature, *, was_asked: bool, by: User) -> None:
    """Of a dissent; and when nobody is waited for any more, that the plan is ready, once."""
    if signature.status == Signature.Status.DISSENTED:
        tell_of_plan(Kind.DISSENT, plan, by=by, why=signature.discipline_label.lower())
    awaited = Signature.objects.filter(plan=plan, content_version=plan.content_version).awaited()
    if was_asked and signature.status != Signature.Status.DECLINED and not awaited.exists():
        tell_of_plan(Kind.READY, plan, by=by)


def _insert(signature: Signature, answer: dict[str, object]) -> None:
    for name, value in answer.items():
        setattr(signature, name, value)
    try:
        with transaction.atomic():
            signature.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("Somebody of your discipline answered just now. Look at the plan again.") from error


def _voluntary(plan: Plan, by: User, standing: Sequence[Signature]) -> Signature:
    """A member whose discipline was not asked may still put an answer on record."""
    discipline = _discipline_of(by, plan)
    if not discipline:
        raise ValidationError(
            "You have no discipline on this board, so you cannot sign. Ask an administrator to set it."
        )
    taken = next((s for s in standing if discipline in (s.signed_discipline or s.discipline, s.discipline)), None)
    if taken is not None:
        who = taken.signer.name if taken.signer else (taken.delegated_to.name if taken.delegated_to else "a colleague")
        raise ValidationError(f"{taken.discipline_label} is already answered for, or delegated to, {who}.")
    return Signature(
        board_id=plan.board_id, plan=plan, discipline=discipline, is_required=False, content_hash=plan.content_hash,
        content_version=plan.content_version,
    )  # fmt: skip


def _discipline_of(user: User, plan: Plan) -> str:
    membership = membership_on(user, plan.board_id)
    return membership.discipline if membership else ""


def _check_content(plan: Plan, expected_hash: str) -> None:
    """The hash on the screen, the hash on the plan and the hash of the rows must be one."""
    if plan.status != Plan.Status.IN_SIGNOFF:
        raise ValidationError(
            f"This plan is {plan.get_status_display().lower()}, so it cannot be signed or released now."
        )
    chosen = PlanSchedule.objects.filter(plan=plan, removed_at=None).order_by("pk")
    rows = content_hash(plan, list(Step.objects.filter(plan=plan).for_plan()), list(chosen))
    if not expected_hash == plan.content_hash == rows:
        raise Conflict("The plan changed after the version that you saw. Read it as it stands now, then sign.")


def gaps_under(plan: Plan, steps: Sequence[Step]) -> list[Gap]:
    """Of what this plan needs, what nobody on the board can sign for; that it needs no signature at all; or that nobody can
    release it. Two queries, and only while the plan is in work."""
    if plan.status not in Plan.WORKING:
        return []
    return gaps_among(needed_disciplines(plan, steps, plan.case.proforma), plan.board_id)


def unanswerable(plan: Plan, asked: Iterable[Signature] | None = None) -> list[str]:
    """Disciplines that were asked and have nobody on the board: the plan would wait for good. Whoever was asked instead has
    to be there, and to hold the discipline unless the board says otherwise. `asked`: where they are at hand. Two queries."""
    rows = Membership.objects.filter(
        board=plan.board_id, ended_at=None, user__is_active=True, role__in=("member", "chair")
    )
    held = dict(rows.values_list("user", "discipline"))
    present, may_lack = set(held.values()), plan.board.delegates_may_lack_discipline
    if asked is None:
        asked = Signature.objects.filter(plan=plan, content_version=plan.content_version).awaited()
    return [
        s.discipline_label
        for s in asked
        if s.is_awaited and not present.intersection(s.disciplines) and not (may_lack and s.delegated_to_id in held)
    ]


def people_for(signature: Signature) -> list[User]:
    """Who may give this signature now: the delegate, or the members and chair of its disciplines."""
    if signature.delegated_to is not None:
        return [signature.delegated_to]
    rows = Membership.objects.filter(
        board=signature.board_id, ended_at=None, user__is_active=True, role__in=("member", "chair"),
        discipline__in=signature.disciplines,
    )  # fmt: skip
    return [membership.user for membership in rows.select_related("user")]
