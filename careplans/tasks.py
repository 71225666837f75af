"""Five lines each: call delivery or a service. Running a task twice changes nothing."""

from celery import shared_task

from careplans import delivery


@shared_task(name="careplans.tasks.deliver_due")  # type: ignore[untyped-decorator]  # celery has no types
def deliver_due() -> None:
    while (tally := delivery.deliver_due()).sent + tally.cancelled >= delivery.BATCH:
        pass
