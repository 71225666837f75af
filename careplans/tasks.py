"""A few lines each: call the outbox or a chore. Running a task twice changes nothing."""

from collections.abc import Callable

from celery import shared_task

from careplans.chores import CHORES
from careplans.exports import work
from careplans.models import Heartbeat
from careplans.outbox import heartbeats, sending
from careplans.outbox.shutdown import is_stopping
from careplans.rules import runner
from careplans.summaries import making
from common.going_on import going_on


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


@shared_task(name="careplans.tasks.work_rule_runs")  # type: ignore[untyped-decorator]  # celery has no types
def work_rule_runs() -> None:
    """A while of the run over every open plan whose turn it is; the next tick goes on."""
    runner.work_rule_runs()


@shared_task(name="careplans.tasks.work_exports")  # type: ignore[untyped-decorator]  # celery has no types
def work_exports() -> None:
    """A while of one export. While there are more it asks for itself again, behind what else waits."""
    if work.work_exports() and not is_stopping():
        work_exports.apply_async(expires=60)


@shared_task(name="careplans.tasks.refresh_summaries")  # type: ignore[untyped-decorator]  # celery has no types
def refresh_summaries() -> None:
    """A while of the reports that are worked out beforehand. While there are more it asks for itself again."""
    if making.refresh_summaries() and not is_stopping():
        refresh_summaries.apply_async(expires=60)


def do_chores(name: str) -> None:
    """All that goes by this name, to its end. One that goes wrong is an entry in the log, and the next one is done."""
    for chore in CHORES[name]:
        with going_on("chore stumbled", task=chore.do.__name__):
            done = chore.do()
            while chore.batch and done >= chore.batch and not is_stopping():
                done = chore.do()


def _task(name: str) -> Callable[[], None]:
    def task() -> None:
        do_chores(name)

    return shared_task(name=f"careplans.tasks.{name}")(task)  # type: ignore[no-any-return]


TASKS = [_task(name) for name in CHORES]
