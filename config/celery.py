"""The Celery app: carries ticks, never data."""

import os

from celery import Celery
from celery.signals import beat_init, celeryd_init, worker_process_init, worker_shutting_down

from careplans.outbox import shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("consilium")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect  # type: ignore[untyped-decorator]  # celery has no types
@beat_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def start_like_every_process(**_: object) -> None:
    """Worker and beat end here, with one sentence, where the database refuses them."""
    from config.start import start

    start()


@worker_process_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def drop_inherited_connections(**_: object) -> None:
    """A prefork child must not share its parent's database sockets or pool."""
    from config.forking import close_connections

    close_connections()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery has no types
def end_after_the_mail_in_hand(**_: object) -> None:
    """On SIGTERM Celery waits for the task that runs; this ends the task soon."""
    shutdown.stop()
