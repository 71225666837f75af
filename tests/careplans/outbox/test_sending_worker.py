"""A real Celery worker over a real broker delivers what is due."""

import os
import subprocess
import sys
import uuid

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Mail, Notice
from careplans.models import OutboxMessage
from careplans.tasks import send_due
from tests.careplans import makers
from tests.careplans.outbox.mail import due_message
from tests.patience import wait_until, work_of


def database_url():
    """The test database as the worker's environment names it."""
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    password = f":{named['PASSWORD']}" if named["PASSWORD"] else ""
    return f"postgres://{named['USER']}{password}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


@pytest.fixture
def queue(tmp_path):
    """A worker of its own on a queue of its own; both end with the test."""
    if not settings.CELERY_BROKER_URL:
        pytest.skip("needs a broker: the run on SQLite has none, the run on PostgreSQL has one")
    name = f"test-{uuid.uuid4()}"
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", name, "-c", "1", "-n", f"{name}@here"]
    with (
        (tmp_path / "worker.log").open("w") as log,
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, stderr=log) as worker,
    ):
        yield name, worker
        worker.terminate()
        if not wait_until(lambda: worker.poll() is not None, moving=lambda: work_of(worker.pid)):
            worker.kill()


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_delivers_what_is_due(board, ana, queue):
    name, worker = queue
    case = makers.make_case(board, by=ana)
    rows = [due_message(case, by=ana), due_message(case, by=ana, channel="in_app")]
    for _ in range(2):
        send_due.apply_async(queue=name)
    waiting = OutboxMessage.objects.exclude(status="sent")
    wait_until(
        lambda: not waiting.exists() or worker.poll() is not None,
        moving=lambda: (waiting.count(), work_of(worker.pid)),
    )
    assert worker.poll() is None, "the worker has ended; its log says why"
    assert OutboxMessage.objects.filter(pk__in=[row.pk for row in rows], status="sent").count() == 2
    assert [mail.recipient for mail in Mail.objects.all()] == [ana.email]
    assert Notice.objects.filter(user=ana).count() == 1
