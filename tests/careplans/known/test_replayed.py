"""A case is edited at random, at moments that lie apart; what it looked like at any of them can be asked for for good."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careplans.demo.clock import at
from careplans.models import Event, PatientBoard, Plan, Proforma, Step
from careplans.models.past_triggers import BY_TABLE, PAST
from careplans.readers.known import Known, ask
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.known.images import differences, image
from tests.careplans.verbs import OF_CASE
from tests.careplans.worlds import make_world, read
from tests.fuzzing import draw

pytestmark = pytest.mark.django_db
STAGES = ("without a plan", "draft", "in sign-off", "signed", "in force", "on hold", "with ended steps")


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


# Past the services: whoever may write to the database at all, may write so.
PAST_SERVICES = {
    "update": lambda: Step.objects.update(outcome="Said by `update()` — “ü”, 100 % \\ \n\t'"),
    "bulk_update": lambda: Step.objects.bulk_update([*Step.objects.all()], ["version"]),
    "raw sql": lambda: sql("UPDATE careplans_case SET title = title || '%', question = ''"),
    "json": lambda: Proforma.objects.update(other_metastatic_sites=["bone", "a \"quoted\" site", None]),
    "null": lambda: Plan.objects.update(facts_snapshot=None),
    "delete": lambda: PatientBoard.objects.filter(pk__gt=1).delete(),
    "many": lambda: Event.objects.bulk_create(
        Event(case_id=plan.case_id, board_id=plan.board_id, kind="tried", data={"a": None}) for plan in Plan.objects.all()
    ),
    "pushed back": lambda: Step.objects.update(planned_start="2031-02-28", due_on=None),
}  # fmt: skip
REFUSED = (ValidationError, PermissionDenied, Conflict, IntegrityError, AttributeError, TypeError, KeyError)
ACTS = st.sampled_from(sorted([*OF_CASE, *PAST_SERVICES]))
TURNS = st.lists(st.tuples(ACTS, st.integers(0, 60 * 24 * 20), st.booleans()), min_size=4, max_size=12)


def act(name, case, people):
    """Whether it was done. A verb that does not fit is refused, and leaves nothing behind."""
    try:
        with transaction.atomic():
            if name in PAST_SERVICES:
                PAST_SERVICES[name]()
            else:
                OF_CASE[name].act(read(case, **people))
    except REFUSED:
        return False
    return True


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
def test_what_was_seen_at_any_moment_is_what_is_said_of_it_later(stage, board, ana, omar, ravi, chloe):
    people = {"ana": ana, "omar": omar, "ravi": ravi, "chloe": chloe}
    begun = timezone.now() + timedelta(minutes=5)
    with at(begun):
        case = make_world(board, stage, ana=ana, omar=omar, chloe=chloe)
    done = []

    @draw.sown
    @settings(max_examples=draw.times(12, 3), deadline=None, suppress_health_check=list(HealthCheck))
    @given(TURNS)
    def replayed(turns):
        with transaction.atomic():
            now, seen = begun, {begun: image()}
            for name, minutes, looks in turns:
                now += timedelta(minutes=minutes, milliseconds=1)
                with at(now):
                    done.append(act(name, case, people) and name)
                if looks:
                    seen[now] = image()
            assert seen[begun]["careplans_case"]
            for moment, before in seen.items():
                assert differences(before, image(Known(moment))) == []
            transaction.set_rollback(True)

    replayed()
    assert any(done)


def test_a_question_of_each_table_says_what_its_rows_say(board, ana, omar, chloe):
    """`relation()` is asked by its own way, without the models: the same rows, before and after."""
    begun = timezone.now() + timedelta(minutes=5)
    with at(begun):
        make_world(board, "in force", ana=ana, omar=omar, chloe=chloe)
    asked = {one: f"SELECT * FROM {{{one.noun}}} ORDER BY 1" for one in PAST if one.app == "careplans"}
    now = {one: ask(text, Known(), {}) for one, text in asked.items()}
    with at(begun + timedelta(days=2)):
        for one in asked:
            _spoil(one)
    for one, text in asked.items():
        then = ask(text, Known(begun), {})
        assert len(then) == len(now[one])
        for row, before in zip(then, now[one], strict=True):
            assert {name: value for name, value in _kept(one, row).items() if value != _text(before[name])} == {}, (
                one.noun
            )
    assert sum(len(rows) for rows in now.values()) > 40


def _spoil(one):
    if one.table in ("careplans_plan", "careplans_step", "careplans_case", "careplans_followup"):
        sql(f"UPDATE {one.table} SET version = version + 1")


def _kept(one, row):
    """SQLite tells days and moments as texts where a column is an expression."""
    return {name: _text(value) for name, value in row.items() if name not in one.without}


def _text(value):
    return str(int(value) if isinstance(value, bool) else value).removesuffix("+00:00")


def test_the_test_itself_sees_a_row_that_nobody_kept(board, ana):
    """Taken away the trigger of one table, what is said of it later is another thing."""
    begun = timezone.now() + timedelta(minutes=5)
    with at(begun):
        makers.make_case(board, by=ana)
    before, table = image(), BY_TABLE["careplans_case"].table
    name = f"past_{table}_update"
    sql(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
    with at(begun + timedelta(days=1)):
        sql("UPDATE careplans_case SET title = 'Another'")
    assert [row[0] for row in differences(before, image(Known(begun)))] == ["careplans_case"]
