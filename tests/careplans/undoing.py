"""Acts that are recorded and undone in the tests, and everything that hangs on a case as it stands."""

from functools import reduce
from operator import or_

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q

from careplans.models import Case, Event, FollowUp, Occurrence, OutboxMessage, Plan, RecentAct, Reminder, Step
from careplans.services.act_images import COUNTS
from careplans.services.recent_acts import record_act, undo_act

# Of the tables with a key to a case or to what hangs on it, those that an undone act may leave changed. Every other one is
# compared, whether undo knows of it or not.
LEFT_OUT = {
    Event: "both the act and its undoing stay in the history",
    RecentAct: "the act itself",
    Reminder: "compared by what waits, with the messages: what was withdrawn stays, and says why",
}


def fresh(row):
    rows = type(row)._base_manager.all()
    rows = Occurrence.objects.for_page() if isinstance(row, Occurrence) else rows
    if isinstance(row, Step):
        rows = rows.select_related("plan__case", "case__patient", "board", "assignee")
    if isinstance(row, FollowUp):
        rows = rows.select_related("case__patient", "plan", "board", "assignee", "monitoring__step")
    return rows.get(pk=row.pk)


def record(row, service, by, **values):
    row = fresh(row)
    values = {"expected_version": row.version} | values
    return record_act(row, service, by=by, verb=service.__name__[:20], say=lambda made: "it was so", **values)


def keys_to_a_case(table):
    """By which columns its rows hang on a case."""
    paths = {Case: "", Plan: "__case", Step: "__case", FollowUp: "__case"}
    fields = [field for field in table._meta.concrete_fields if field.related_model in paths]
    return ["pk"] if table is Case else [f"{field.name}{paths[field.related_model]}" for field in fields]


def rows_of(table, case):
    found = reduce(or_, (Q(**{key: case.pk}) for key in keys_to_a_case(table)))
    columns = [field.attname for field in table._meta.concrete_fields if field.name not in COUNTS]
    return {row["pk"]: row for row in table._base_manager.filter(found).distinct().values("pk", *columns)}


def compared():
    tables = [table for table in apps.get_app_config("careplans").get_models() if keys_to_a_case(table)]
    return [table for table in tables if table not in LEFT_OUT]


def stands(case):
    """Every row that hangs on the case without its counts of changes, and everything that waits to be sent. Looked up by itself,
    so that what undo does not know of is seen too."""
    rows = {table: rows_of(table, case) for table in compared()}
    waiting = Reminder.objects.filter(case=case).exclude(status="cancelled").order_by("pk").values()
    messages = OutboxMessage.objects.filter(reminder__case=case).exclude(status="cancelled").order_by("pk").values()
    return rows, list(waiting), list(messages)


def check_undone(case, before, act, by):
    """What an undone act has left behind is told apart by its state."""
    undo_act(act, by=by)
    (rows, *waiting), (was, *waited) = stands(case), before
    assert waiting == waited
    for table, found in rows.items():
        left = {pk: row for pk, row in found.items() if pk not in was[table]}
        assert {pk: row for pk, row in found.items() if pk in was[table]} == was[table], table
        for row in left.values():
            gone = row.get("status") == "cancelled" or row.get("undone_at") or row.get("ended_at")
            assert gone or table is Occurrence, (table, row)


def check_refused(act, by, words, error=ValidationError):
    """Told why, and nothing has changed."""
    before = stands(act.case)
    with pytest.raises(error, match=words):
        undo_act(RecentAct.objects.for_undo().get(pk=act.pk), by=by)
    assert stands(act.case) == before
