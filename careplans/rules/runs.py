"""Asking for a run over every open plan, and stopping one. `careplans.rules.runner` carries runs out."""

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import can, require
from careplans.models import Plan, RuleRun, RuleSetVersion
from careplans.rules.engine import DEFAULT_FLAGS
from careplans.rules.plan_advice import open_flags
from common.leases import LET_GO
from common.writing import transactional

Purpose, State = RuleRun.Purpose, RuleRun.State


@transactional
def queue_trial(row: RuleSetVersion, *, by: User) -> RuleRun:
    """Look at every open plan with the draft as it stands. One that looked with older words is stopped."""
    require_work(by)
    row = RuleSetVersion.objects.select_for_update().get(pk=row.pk)
    if not row.is_open:
        raise ValidationError("Only a draft is tried. These rules are not one any more.")
    open_ones = row.runs.open().filter(purpose=Purpose.TRIAL)
    if open_ones.filter(content_hash=row.content_hash).exists():
        raise ValidationError("A trial of exactly these rules is under way already.")
    stop_all(open_ones, "the draft was changed, and tried again")
    return queue(row, Purpose.TRIAL, by=by)


@transactional
def stop_run(run: RuleRun, *, by: User) -> None:
    """Stop a trial; what it counted so far is kept. The new rules have to reach every plan, so that run is not stopped."""
    require_work(by)
    if run.purpose == Purpose.APPLY:
        raise ValidationError("This run brings the rules in force to every open plan, so it cannot be stopped.")
    if not stop_all(RuleRun.objects.filter(pk=run.pk), f"{by.name} stopped it"):
        raise ValidationError("This run has ended already.")
    audit.record("rules.run_stopped", by=by, subject=run, label=run.label)


@transactional
def resume_run(run: RuleRun, *, by: User) -> None:
    """Take up a failed run where it failed."""
    require_work(by)
    failed = RuleRun.objects.filter(pk=run.pk, state=State.FAILED)
    if not failed.update(state=State.QUEUED, reason="", finished_at=None, lost_workers=0, **LET_GO):
        raise ValidationError("This run has not failed.")
    audit.record("rules.run_resumed", by=by, subject=run, label=run.label)


def queue_apply(row: RuleSetVersion, *, by: User) -> RuleRun:
    """Part of publishing, in its transaction. Whatever else was under way looked with rules that are no longer in force."""
    stop_all(RuleRun.objects.open(), f"rule set {row.label} was put into force")
    return queue(row, Purpose.APPLY, by=by)


def follow_content_flags() -> RuleRun | None:
    """A rule may rest on whether a content flag is open (AVL-01). When a note opened or closed one, every open plan is
    looked at again. A tick asks; the pages themselves know nothing of rules.
    """
    flags = sorted(open_flags())
    last = RuleRun.objects.filter(purpose=Purpose.APPLY).first()
    if flags == (last.flags if last else sorted(DEFAULT_FLAGS)):
        return None
    with transaction.atomic():
        row = RuleSetVersion.objects.in_force().select_for_update().first()
        again = RuleRun.objects.filter(purpose=Purpose.APPLY).first()
        if again != last:
            return None  # another tick has seen it too
        stop_all(RuleRun.objects.open().filter(purpose=Purpose.APPLY), "a content flag was opened or closed")
        return queue(row, Purpose.APPLY, by=None)


def queue(row: RuleSetVersion | None, purpose: RuleRun.Purpose, *, by: User | None) -> RuleRun:
    run = RuleRun.objects.create(
        rule_set=row, content_hash=row.content_hash if row else "", purpose=purpose, requested_by=by,
        total=Plan.objects.open().count(), flags=sorted(open_flags()),
    )  # fmt: skip
    audit.record(
        "rules.run_queued", by=by, subject=run, label=run.label, data={"purpose": str(purpose), "plans": run.total}
    )
    return run


def stop_all(runs: models.QuerySet[RuleRun], reason: str) -> int:
    """A worker that is at one of them finds its token gone before it writes again."""
    return runs.filter(state__in=RuleRun.OPEN).update(
        state=State.STOPPED, reason=reason[:300], finished_at=timezone.now(), **LET_GO
    )


def finished_trial(row: RuleSetVersion) -> RuleRun | None:
    """The trial of exactly these rules, if it went to its end."""
    return row.runs.filter(purpose=Purpose.TRIAL, state=State.DONE, content_hash=row.content_hash).first()


def require_work(by: User) -> None:
    if not can(by, "reference.approve"):
        require(by, "reference.edit")
