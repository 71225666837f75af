"""Five lines each: call the outbox or a service. Running a task twice changes nothing."""

from celery import shared_task

from accounts.services import limits, mail_queue
from accounts.session_store import SessionStore
from careplans.models import Heartbeat
from careplans.outbox import heartbeats, sending
from careplans.outbox.shutdown import is_stopping
from careplans.reminders import nothing_ahead, page_reviews, retime
from careplans.rules import runner, runs
from careplans.services import (
    delegations,
    institutions,
    patient_keys,
    schedule_library,
    scheduled_follow_ups,
    signed_content,
)
from modalities.services import put_into_force_due


@shared_task(name="careplans.tasks.send_due")  # type: ignore[untyped-decorator]  # celery has no types
def send_due() -> None:
    heartbeats.beat(Heartbeat.Name.BEAT)
    while sending.send_due().worked >= sending.BATCH and not is_stopping():
        pass
    if heartbeats.canary_is_due():
        canary.apply_async(expires=600)


@shared_task(name="careplans.tasks.canary")  # type: ignore[untyped-decorator]  # celery has no types
def canary() -> None:
    """Goes through the queue and back, so that /health/ can tell how long that takes."""
    heartbeats.canary_is_back()


@shared_task(name="careplans.tasks.send_account_mails")  # type: ignore[untyped-decorator]  # celery has no types
def send_account_mails() -> None:
    """Send the links to set a password that were asked for."""
    mail_queue.send_account_mails()


@shared_task(name="careplans.tasks.forget_what_ended")  # type: ignore[untyped-decorator]  # celery has no types
def forget_what_ended() -> None:
    """Drop sessions that are over, and counts of tries that limit nothing any more."""
    limits.forget_old_limits()
    SessionStore.clear_expired()


@shared_task(name="careplans.tasks.remind_of_reviews")  # type: ignore[untyped-decorator]  # celery has no types
def remind_of_reviews() -> None:
    """Bring the reminders about reviews of the reference pages up to what their editors planned."""
    page_reviews.remind_of_reviews()


@shared_task(name="careplans.tasks.retime_boards")  # type: ignore[untyped-decorator]  # celery has no types
def retime_boards() -> None:
    """Move reminders that are still ahead to what their boards' settings say now."""
    while retime.retime_boards() >= retime.BATCH:
        pass


@shared_task(name="careplans.tasks.give_institutions")  # type: ignore[untyped-decorator]  # celery has no types
def give_institutions() -> None:
    """Take in what a program from before institutions wrote while a release is rolled out."""
    institutions.give_institutions()
    patient_keys.refold()


@shared_task(name="careplans.tasks.take_back_delegations")  # type: ignore[untyped-decorator]  # celery has no types
def take_back_delegations() -> None:
    """Ask disciplines again whose delegate may not answer any more."""
    while delegations.take_back_lapsed() >= delegations.BATCH:
        pass


@shared_task(name="careplans.tasks.extend_schedules")  # type: ignore[untyped-decorator]  # celery has no types
def extend_schedules() -> None:
    """Give new boards their schedules, and write those of long plans further as time goes on."""
    schedule_library.give_new_boards_the_library()
    while scheduled_follow_ups.extend_schedules() >= scheduled_follow_ups.BATCH:
        pass


@shared_task(name="careplans.tasks.check_signed_content")  # type: ignore[untyped-decorator]  # celery has no types
def check_signed_content() -> None:
    """Look at the next plans that were released, whether they still say what was signed: each of them within a day."""
    signed_content.check_signed_content()


@shared_task(name="careplans.tasks.tell_nothing_ahead")  # type: ignore[untyped-decorator]  # celery has no types
def tell_nothing_ahead() -> None:
    """Tell the coordinators, once a month, which cases in care have nothing ahead."""
    nothing_ahead.tell_nothing_ahead()


@shared_task(name="careplans.tasks.put_into_force")  # type: ignore[untyped-decorator]  # celery has no types
def put_into_force() -> None:
    """Point the reference pages at the revisions whose day has come."""
    put_into_force_due()


@shared_task(name="careplans.tasks.work_rule_runs")  # type: ignore[untyped-decorator]  # celery has no types
def work_rule_runs() -> None:
    """A while of the run over every open plan whose turn it is; the next tick goes on."""
    runs.follow_content_flags()
    runner.work_rule_runs()
