"""The real Celery app, with the faults of the environment built in: celery -A tests.faults.worker_app worker"""

import django
from celery.signals import worker_ready

from config.celery import app
from tests.faults import points

django.setup()
points.install()


@worker_ready.connect
def tell(**_):
    points.ready()


__all__ = ["app"]
