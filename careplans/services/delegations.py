"""Delegations that do not hold any more: a board that let others answer for a discipline has changed its mind, or the delegate
is not there. Asked of the discipline again at the next tick, whoever changed what. An answer that was given stays as given."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.access import BoardQuerySet
from accounts.models import Membership, User
from accounts.services.notices import add_notice
from careplans.locks import take_signature
from careplans.models import Plan, Signature
from careplans.readers.holdings import SIGNING
from careplans.reminders.escalation import leads
from careplans.services.work_handover import take_back_delegations
from common.going_on import each
from common.writing import transactional

BATCH = 100


def take_back_lapsed() -> int:
    """Returns how many were asked again. Until then, nobody answers by them (`signature_for`)."""
    return each(
        _take_back, list(_lapsed().order_by("pk").values_list("pk", flat=True)[:BATCH]), "delegation not taken back"
    )


def _lapsed() -> BoardQuerySet:
    there = Membership.objects.filter(
        user=OuterRef("delegated_to"), board=OuterRef("board"), ended_at=None, user__is_active=True, role__in=SIGNING
    )
    holds = Q(discipline=OuterRef("discipline")) | Q(discipline=OuterRef("alternative"))
    lacks = Q(board__delegates_may_lack_discipline=False) & ~Exists(there.filter(holds).exclude(discipline=""))
    asked = Signature.objects.awaited().filter(
        delegated_to__isnull=False, plan__status=Plan.Status.IN_SIGNOFF, board__is_active=True
    )
    return asked.filter(~Exists(there) | lacks)


@transactional
def _take_back(pk: int) -> bool:
    signature = Signature.objects.select_related("plan__case__patient", "board", "delegated_to").get(pk=pk)
    delegate = signature.delegated_to
    take_signature(signature)
    if delegate is None or not _lapsed().filter(pk=pk, delegated_to=delegate).exists():
        return False
    what = signature.discipline_label.lower()
    why = f"{delegate.name}, to whom it was delegated, cannot answer for {what} on this board any more"
    take_back_delegations([signature], by=None, why=why)
    for lead in User.objects.filter(pk__in=leads(signature.board_id)).order_by("pk"):
        add_notice(
            lead, kind="signatures", path=f"/plans/{signature.plan_id}/sign-off/", board=signature.board_id,
            text=f"{signature.plan.case.patient}, plan {signature.plan.number}: {why}. It is asked of {what} again.",
            dedupe_key=f"delegation_lapsed.{pk}.{lead.pk}.{timezone.now():%Y%m%d%H%M%S%f}",
        )  # fmt: skip
    return True
