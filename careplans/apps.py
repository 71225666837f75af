from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class CareplansConfig(AppConfig):
    name = "careplans"

    def ready(self) -> None:
        # The one moment that Django tells only by a signal: tables are about to change, and have changed.
        pre_migrate.connect(_let_tables_change, sender=self)
        post_migrate.connect(_keep, sender=self)
        post_migrate.connect(_watch_changes, sender=self)
        post_migrate.connect(_keep_the_past, sender=self)
        post_migrate.connect(_count_messages, sender=self)
        post_migrate.connect(_work_months_out_anew, sender=self)


def _let_tables_change(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """SQLite renames no table that a trigger of another names. PostgreSQL does, and goes on noting what programs change."""
    from careplans.models import change_triggers, message_counts, past_triggers
    from common import triggers

    if plan:
        triggers.remove(connections[using])
        message_counts.remove(connections[using])
    if plan and connections[using].vendor == "sqlite":
        change_triggers.remove(connections[using])
        past_triggers.remove(connections[using])


def _keep(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """Of every app, since this one comes last. Nothing where it stands already."""
    from careplans.models.kept import KEPT
    from common import triggers

    if plan or triggers.astray(connections[using], KEPT):
        triggers.install(connections[using], KEPT)


def _watch_changes(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from careplans.models import change_triggers

    if plan or change_triggers.astray(connections[using]):
        change_triggers.install(connections[using])


def _keep_the_past(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from careplans.models import past_triggers

    if plan or past_triggers.astray(connections[using]):
        past_triggers.install(connections[using])


def _count_messages(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from careplans.models import message_counts

    if plan or message_counts.astray(connections[using]):
        message_counts.install(connections[using])


def _work_months_out_anew(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """What a migration rewrote may be told otherwise since: on SQLite of days in the past, too."""
    from careplans.models import report_summaries

    if plan:
        report_summaries.forget_kept(connections[using])
