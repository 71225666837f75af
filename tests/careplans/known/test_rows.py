"""What a row held before a change is there afterwards, whichever way it was changed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from accounts.models import Membership, User
from careplans.demo.clock import at
from careplans.models import Case, HistoryClock, PastRow, PatientBoard, Plan, Proforma, Signature, Step, past_triggers
from careplans.readers.known import Known, ask, rows_known, settled_now
from careplans.readers.known.rows import NotKept
from careplans.services.proforma import save_proforma
from common import triggers
from tests.careplans import makers
from tests.careplans.known.images import differences, image
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY, JUNE = (datetime(2027, month, 3, 9, 30, tzinfo=UTC) for month in (3, 4, 5, 6))


def before(moment):
    return Known(moment - timedelta(seconds=1))


@pytest.fixture
def plan(board, ana, chloe):
    """Begun in March."""
    with at(MARCH):
        case = makers.make_case(board, by=ana)
        save_proforma(case, {"ki67_percent": "2.5", "extent": "localized", "weight_change_kg": Decimal("-4.5")}, by=ana)
        return makers.make_active_plan(case, by=ana, chair=chloe, steps=2, schedule=makers.make_template(board))


def change(way, step):
    step.outcome = "because"
    if way == "update":
        Step.objects.filter(pk=step.pk).update(outcome="because")
    elif way == "bulk_update":
        Step.objects.bulk_update([step], ["outcome"])
    elif way == "save":
        step.save()
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE careplans_step SET outcome = 'because' WHERE id = %s", [step.pk])


@pytest.mark.parametrize("way", ["update", "bulk_update", "save", "sql"])
def test_no_way_of_writing_gets_round_it(way, plan):
    with at(MAY):
        change(way, plan.steps.first())
    [then], [now] = (rows_known(Step, known, pk=plan.steps.first().pk) for known in (before(MAY), Known(MAY)))
    assert (then.outcome, now.outcome) == ("", "because")


def test_a_row_is_there_from_its_beginning_on_and_not_before(plan):
    assert rows_known(Plan, before(MARCH), case=plan.case) == []
    assert rows_known(Plan, Known(MARCH), case=plan.case) == [plan]
    assert rows_known(Case, before(MARCH), pk=plan.case_id) == []


def test_what_was_written_at_once_in_thousands_begins_then_too(plan):
    with at(MAY):
        Signature.objects.bulk_create(
            Signature(board=plan.board, plan=plan, discipline=name, content_version=1, content_hash="-")
            for name in ("surgery", "radiology")
        )
    assert [len(rows_known(Signature, known, plan=plan.pk)) for known in (before(MAY), Known(MAY))] == [0, 2]


def test_a_row_that_was_deleted_is_there_as_it_was(plan, board):
    held = PatientBoard.objects.get()
    assert held.patient_id == plan.case.patient_id
    with at(MAY):
        PatientBoard.objects.all().delete()
    assert [row.board_id for row in rows_known(PatientBoard, before(MAY), patient=plan.case.patient)] == [board.pk]
    assert rows_known(PatientBoard, Known(MAY), patient=plan.case.patient) == []
    with at(JUNE):
        PatientBoard.objects.create(pk=held.pk, patient=held.patient, board=board, created_by=held.created_by)
    assert [len(rows_known(PatientBoard, known)) for known in (before(MAY), before(JUNE), Known(JUNE))] == [1, 0, 1]


def test_a_row_that_belonged_to_something_else_is_found_there(plan, board, ana):
    step, other = plan.steps.first(), makers.make_case(board, by=ana, record_number="SYN-2")
    draft = makers.make_plan(other, by=ana)
    moved = draft.steps.get()
    with at(JUNE):
        Step.objects.filter(pk=moved.pk).update(case=plan.case)
    assert step.case_id == plan.case_id
    assert moved in rows_known(Step, Known(JUNE), case=plan.case)


def test_a_change_of_what_tells_nothing_leaves_nothing(plan):
    count = PastRow.objects.count()
    Step.objects.update(timing_version=9)
    Step.objects.update(version=models.F("version"))
    assert PastRow.objects.count() == count


def test_many_rows_of_several_cases_are_asked_for_at_once(plan, board, ana):
    with at(MAY):
        other = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    now = Known(JUNE)
    assert len(rows_known(Step, now, plan=[plan.pk, other.pk])) == 3
    assert rows_known(Step, now, plan=[]) == rows_known(Step, Known(), plan=[]) == []
    assert len(rows_known(Step, now, case=plan.case, status="planned")) == 2


def test_a_table_without_a_past_says_so(plan):
    with pytest.raises(NotKept, match="What users held is not kept"):
        rows_known(User, Known(MAY))


def test_figures_and_facts_come_back_as_they_were_written(plan, ana):
    with at(MAY):
        save_proforma(
            plan.case, {"ki67_percent": "19.75", "extent": "distant", "weight_change_kg": Decimal("0.0")}, by=ana
        )
    facts = [rows_known(Proforma, known, case=plan.case)[0] for known in (before(MAY), Known(MAY))]
    assert [(one.ki67_percent, one.extent) for one in facts] == [
        ("2.5", "localized"), ("19.75", "distant"),
    ]  # fmt: skip
    assert [one.weight_change_kg for one in facts] == [Decimal("-4.5"), Decimal("0.0")]


def test_a_question_of_whole_tables_sees_the_same(plan):
    asked = "SELECT s.status, count(*) AS steps FROM {step} s JOIN {plan} p ON p.id = s.plan_id GROUP BY s.status"
    with at(MAY):
        Step.objects.filter(pk=plan.steps.first().pk).update(status="in_progress", started_on="2027-05-03")
    found = {known.by: {row["status"]: row["steps"] for row in ask(asked, known, {})} for known in (
        before(MARCH), before(MAY), Known(MAY), Known(),
    )}  # fmt: skip
    assert list(found.values()) == [
        {},
        {"planned": 2},
        {"planned": 1, "in_progress": 1},
        {"planned": 1, "in_progress": 1},
    ]


# The triggers


def test_each_table_that_is_kept_has_its_triggers(db):
    assert past_triggers.astray(connection) == []


def test_what_the_list_names_no_more_is_gone_after_the_next_migrate(db, monkeypatch):
    fewer = tuple(one for one in past_triggers.PAST if one.table != "careplans_step")
    monkeypatch.setattr(past_triggers, "PAST", fewer)
    call_command("migrate", verbosity=0)
    assert "careplans_step" not in triggers.standing(connection, past_triggers.PREFIX).values()
    monkeypatch.undo()
    call_command("migrate", verbosity=0)
    assert past_triggers.astray(connection) == []


def test_what_was_written_before_there_were_triggers_begins_when_it_was_created(plan):
    empty_the_past()
    past_triggers.install(connection)
    past_triggers.install(connection)
    for kept in past_triggers.PAST:
        rows = PastRow.objects.filter(noun=kept.noun, row__isnull=True)
        assert rows.count() == kept.model._base_manager.count(), kept.noun
        assert all(row.at is not None for row in rows)
    assert PastRow.objects.get(noun="case").at == plan.case.created_at


def empty_the_past():
    with rewriting():
        PastRow.objects.all()._raw_delete("default")


def test_the_past_itself_never_changes(plan):
    for word in ("UPDATE careplans_pastrow SET id = id", "DELETE FROM careplans_pastrow"):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(word)


def test_a_column_that_a_later_migration_brings_is_kept_from_then_on_and_empty_before(plan):
    """As a migration does it: the column, with what the database puts into it, and the triggers written anew."""
    with at(APRIL):
        Membership.objects.update(discipline="surgery")
    field = models.CharField(max_length=9, default="", db_default="")
    field.set_attributes_from_name("ward")
    before_a_migration()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_membership ADD COLUMN ward varchar(9) DEFAULT '' NOT NULL")
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Membership.add_to_class("ward", field)
    try:
        past_triggers.install(connection)
        with at(MAY):
            Membership.objects.update(ward="north")
        with at(JUNE):
            Membership.objects.update(ward="south")
        found = [{row.ward for row in rows_known(Membership, known)} for known in (
            before(APRIL), before(MAY), before(JUNE), Known(JUNE),
        )]  # fmt: skip
        assert found == [{""}, {""}, {"north"}, {"south"}]
    finally:
        Membership._meta.local_fields.remove(field)
        Membership._meta._expire_cache()
        del Membership.ward


def before_a_migration():
    """What stands in its way: on SQLite the triggers, on PostgreSQL what the transaction of the test has yet to check."""
    if connection.vendor == "sqlite":
        past_triggers.remove(connection)
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# The clock


def test_a_story_within_a_story_comes_back_to_the_clock_before(plan):
    title = plan.case.title
    with at(APRIL):
        with at(MAY):
            Case.objects.update(title="In May")
        Case.objects.update(title="In April")
    assert HistoryClock.objects.count() == 0
    kept = PastRow.objects.filter(noun="case", row__isnull=False, at__gte=APRIL)
    assert [row.at for row in kept.order_by("id")] == [MAY, MAY]
    assert rows_known(Case, before(APRIL), pk=plan.case_id)[0].title == title


def test_the_clock_goes_on_after_a_story_that_broke_off(plan):
    with pytest.raises(ZeroDivisionError), at(APRIL):
        Case.objects.update(title="never")
        raise ZeroDivisionError
    assert (HistoryClock.objects.count(), Case.objects.get().title) == (0, plan.case.title)


def test_somebody_who_looks_is_told_of_a_clock_that_was_set(db):
    with at(APRIL):
        assert any("careplans_historyclock is set to 2027-04-03" in one for one in past_triggers.astray(connection))


def test_no_row_of_the_clock_but_the_one_that_cannot_stay_is_taken(db):
    for words in ({"id": 1, "nowhere_id": 1}, {"id": 0, "nowhere_id": 0}, {"id": 2, "nowhere_id": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HistoryClock.objects.bulk_create([HistoryClock(at=MAY, **words)])


def test_what_is_settled_stays_within_a_step_of_the_clock(board, ana):
    makers.make_case(board, by=ana)
    moments = []
    for number in range(5):
        Case.objects.update(title=f"Title {number}")
        moments.append((settled_now(), image()))
    for moment, seen in moments:
        assert differences(seen, image(Known(moment))) == []
