"""The database itself keeps what stands for good, on whichever database the tests run."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import audit
from careplans.models import (
    ContradictionAnswer,
    Event,
    FactChange,
    FactsAnswer,
    GuidanceAnswer,
    Monitoring,
    PatientChange,
    Plan,
    PlanTemplate,
    PlanTemplateEvent,
    PlanTemplateVersion,
    RuleSetEvent,
    RuleSetVersion,
    Signature,
    SnomedCode,
    SnomedMap,
    Step,
    TemplatedStep,
)  # fmt: skip
from careplans.models.kept import (
    ARM_COLUMNS,
    FOR_GOOD,
    KEPT,
    MONITORING_COLUMNS,
    PLAN_COLUMNS,
    SCHEDULE_COLUMNS,
    STEP_COLUMNS,
)
from careplans.models.plan_content import PLAN_FIELDS
from careplans.models.step_fields import Use, fields_that_are
from careplans.services.monitoring import add_monitoring
from careplans.services.plan_schedules import add_schedule
from common import triggers
from modalities.models import Draft, DraftEvent, Publication
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, pid
from tests.databases import empty
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def refused(statement):
    with pytest.raises(IntegrityError, match="never"):
        run(statement)
    return True


@pytest.fixture
def plan(board, ana, chloe, omar):
    """In force, with all that can hang on one: arms, monitoring, a schedule, a signature that was given."""
    makers.require_disciplines(board, "medical_oncology")
    draft = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    add_monitoring(draft.first, by=ana, kind="markers", when="course", interval=3, interval_unit="months")
    schedule = makers.make_template(board, kinds=("markers",))
    add_schedule(draft.plan, by=ana, schedule=schedule, counts_from=board.today, assignee=ana)
    makers.submit(draft.plan, by=ana)
    makers.sign(draft.plan, by=omar)
    return makers.release(draft.plan, by=chloe)


@pytest.fixture
def written(plan, ana):
    """A row of each table that is written once."""
    board, case = plan.board, plan.case
    revision = plan.steps.exclude(modality_revision=None)[0].modality_revision
    because = Publication.objects.create(revision=revision, in_force_on=board.today, written_by=ana, approved_by=ana)
    rules = RuleSetVersion.objects.create(number=1, rules=[], content_hash="0", author=ana, changed_by=ana)
    draft = Draft.objects.create(modality=revision.modality, author=ana, changed_by=ana)
    template = PlanTemplate.objects.create(slug="t", created_by=ana)
    version = PlanTemplateVersion.objects.create(
        template=template, number=1, title="T", content={}, content_hash="0", author=ana, changed_by=ana
    )
    snomed = {"edition": "1", "released_on": board.today, "content_hash": "0", "count": 1, "loaded_by": ana}
    mapped = SnomedMap.objects.create(**snomed)
    said = {"board": board, "by": ana, "reason": "-"}
    return [
        audit.record("read", by=ana, subject=ana),
        Event.objects.create(board=board, case=case, kind="case_changed", by=ana),
        FactChange.objects.create(case=case, field="grade", facts_version=1, by=ana),
        PatientChange.objects.create(patient=case.patient, board=board, field="sex", by=ana),
        FactsAnswer.objects.create(plan=plan, facts_version=1, **said),
        GuidanceAnswer.objects.create(plan=plan, revision=revision, because=because, **said),
        ContradictionAnswer.objects.create(case=case, code="-", key="-", question="-", **said),
        RuleSetEvent.objects.create(rule_set=rules, kind="begun", by=ana),
        DraftEvent.objects.create(draft=draft, kind="begun", by=ana),
        PlanTemplateEvent.objects.create(row=version, kind="begun", by=ana),
        TemplatedStep.objects.create(step=plan.steps.first(), version=version, key="s1"),
        SnomedCode.objects.create(map=mapped, system="goal", code="cure", sctid="1", display="-"),
        bring(board, ana, adt(pid(record="SYN-70"))),
    ]


def test_the_triggers_of_all_of_them_stand_after_migrating():
    assert set(triggers.standing(connection)) == {one.trigger for one in triggers.all_of(connection.vendor, KEPT)}


def test_what_is_written_once_refuses_plain_sql(written):
    for table in FOR_GOOD:
        assert refused(f"UPDATE {table} SET id = id")
        assert refused(f"DELETE FROM {table}")


only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no REPLACE")
only_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
GUARDED = {one.table for one in KEPT if one.on == "DELETE"}


def publish(user):
    RuleSetVersion.objects.update(
        state="published", published_at=timezone.now(), published_by=user, change_note="Written anew"
    )
    PlanTemplateVersion.objects.update(state="published", published_at=timezone.now(), change_note="Written anew")


def columns_of(table):
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


@only_sqlite
def test_no_row_that_is_kept_is_replaced(written, plan):
    """REPLACE deletes what stands in the way, and asks no trigger of a DELETE."""
    publish(plan.released_by)
    for table in GUARDED:
        names = ", ".join(f'"{name}"' for name in columns_of(table))
        assert refused(f"REPLACE INTO {table} ({names}) SELECT {names} FROM {table}"), table


@only_sqlite
@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("careplans_plan", "number"), ("careplans_plan", "status"), ("careplans_planschedule", "schedule_id"),
        ("careplans_signature", "discipline"), ("careplans_factsanswer", "facts_version"),
        ("modalities_revision", "number"), ("careplans_rulesetversion", "state"), ("careplans_rulesetversion", "number"),
        ("careplans_plantemplateversion", "state"), ("careplans_plantemplateversion", "number"), ("careplans_import", "number"),
    ],
)  # fmt: skip
def test_no_row_that_is_kept_makes_way_for_another_of_its_keys(written, plan, table, key):
    """A new row with another id, which meets the old one in one key only."""
    publish(plan.released_by)
    apart = {"id": "id + 1000", "number": "number + 1000", "status": "status", "state": "'superseded'"} | {key: key}
    if key in ("schedule_id", "discipline", "facts_version"):
        apart.pop("number")
    values = ", ".join(apart.get(name, f'"{name}"') for name in columns_of(table))
    names = ", ".join(f'"{name}"' for name in columns_of(table))
    assert refused(f"REPLACE INTO {table} ({names}) SELECT {values} FROM {table}")


@only_sqlite
def test_no_draft_is_moved_onto_a_row_that_is_kept(plan, board, ana):
    draft = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    assert refused(f"UPDATE OR REPLACE careplans_plan SET id = {plan.pk} WHERE id = {draft.pk}")
    taken = f"case_id = {plan.case_id}, number = {plan.number}"
    assert refused(f"UPDATE OR REPLACE careplans_plan SET {taken} WHERE id = {draft.pk}")
    assert run(f"UPDATE careplans_plan SET number = 77 WHERE id = {draft.pk}") == 1


@only_sqlite
def test_a_draft_may_still_be_replaced(board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    names = ", ".join(f'"{name}"' for name in columns_of("careplans_step"))
    assert run(f"REPLACE INTO careplans_step ({names}) SELECT {names} FROM careplans_step") == 1


@only_sqlite
def test_the_one_key_of_an_expression_meets_no_rules_that_are_kept():
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(
                'SELECT name FROM pragma_index_list(%s) l WHERE l."unique" '
                "AND EXISTS (SELECT 1 FROM pragma_index_info(l.name) c WHERE c.name IS NULL)",
                [table],
            )
            assert {name for (name,) in cursor.fetchall()} <= {"rule_set_one_open"}


@only_postgresql
def test_no_table_that_is_kept_is_emptied(written, plan):
    publish(plan.released_by)
    # What a transaction has yet to check would stand in the way first.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in GUARDED:
        assert refused(f"TRUNCATE {table} CASCADE"), table
    assert refused("TRUNCATE careplans_case CASCADE")


def test_a_query_set_is_refused_like_everything_else(written):
    for change in (lambda: Event.objects.update(reason="another"), lambda: Event.objects.all().delete()):
        with pytest.raises(IntegrityError, match="An event of the timeline never changes"), transaction.atomic():
            change()


def other(model, column):
    """SQL for another value of one column than the one that stands there; through a look at its type."""
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    kind = field.get_internal_type()
    if kind in ("ForeignKey", "PositiveIntegerField", "PositiveSmallIntegerField", "DecimalField"):
        return f'COALESCE("{column}", 1) + 1'
    if kind == "BooleanField":
        return f'NOT "{column}"'
    values = {"DateField": "'1999-01-01'", "DateTimeField": "'1999-01-01 00:00:00+00'", "JSONField": "'[1]'"}
    return values.get(kind, "'other'")


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Plan, PLAN_COLUMNS), (Step, STEP_COLUMNS), (Step.arms.rel.related_model, ARM_COLUMNS), (Monitoring, MONITORING_COLUMNS),
        (Plan.schedules.rel.related_model, SCHEDULE_COLUMNS),
    ],
)  # fmt: skip
def test_each_signed_column_of_a_released_plan_is_refused(plan, model, columns):
    table = model._meta.db_table
    for column in columns:
        assert refused(f'UPDATE {table} SET "{column}" = {other(model, column)}'), column
    assert refused(f"DELETE FROM {table}")


def test_every_field_that_is_signed_is_guarded():
    """A new one that is signed and not guarded fails here; CONTRIBUTING.md says what else it needs."""
    signed = {Step._meta.get_field(name).column for name in fields_that_are(Use.SIGNED)}
    assert signed <= set(STEP_COLUMNS)
    assert {*PLAN_FIELDS, "content_hash", "content_version", "number"} <= set(PLAN_COLUMNS)


def test_what_becomes_of_a_released_plan_is_still_written(plan):
    assert run("UPDATE careplans_plan SET status = 'on_hold', version = version + 1") == 1
    assert run("UPDATE careplans_step SET outcome = 'well', version = version + 1") > 0


def test_a_draft_is_still_written(board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana)
    assert run("UPDATE careplans_plan SET aim = 'another'") == 1
    assert run("UPDATE careplans_step SET rationale = 'another'") == 1


@pytest.mark.parametrize(
    "change",
    [
        "comment = 'other'",
        "signer_id = NULL",
        "content_hash = 'x'",
        "status = 'pending'",
        "status = 'dissented'",
        "status = 'void'",
    ],
)  # fmt: skip
def test_a_given_signature_is_refused_another_answer(plan, change):
    assert refused(f"UPDATE careplans_signature SET {change}")
    assert refused("DELETE FROM careplans_signature")


def test_a_given_signature_becomes_void_and_keeps_what_it_said(plan):
    assert run("UPDATE careplans_signature SET voided_status = status, status = 'void'") == 1
    assert Signature.objects.get().voided_status == "approved"
    assert refused("UPDATE careplans_signature SET status = 'pending'")


def test_rules_that_were_in_force_are_kept(ana, db):
    at = "2026-01-01 00:00:00+00"
    rules = RuleSetVersion.objects.create(
        number=1, rules=[], content_hash="0", author=ana, changed_by=ana, change_note="-"
    )
    assert run("UPDATE careplans_rulesetversion SET content_hash = '1'") == 1
    RuleSetVersion.objects.filter(pk=rules.pk).update(state="published", published_at=at, published_by=ana)
    assert refused("UPDATE careplans_rulesetversion SET content_hash = '2'")
    assert refused("DELETE FROM careplans_rulesetversion")
    assert run("UPDATE careplans_rulesetversion SET state = 'superseded'") == 1


def test_a_template_that_was_in_force_is_kept(ana, db):
    template = PlanTemplate.objects.create(slug="t", created_by=ana)
    row = PlanTemplateVersion.objects.create(
        template=template,
        number=1,
        title="T",
        content={},
        content_hash="0",
        author=ana,
        changed_by=ana,
        change_note="-",
    )
    assert run("UPDATE careplans_plantemplateversion SET title = 'U'") == 1
    PlanTemplateVersion.objects.filter(pk=row.pk).update(state="published", published_at="2026-01-01 00:00:00+00")
    for column in ("title", "content", "content_hash", "change_note"):
        assert refused(f"UPDATE careplans_plantemplateversion SET {column} = '2'")
    assert refused("DELETE FROM careplans_plantemplateversion")
    assert run("UPDATE careplans_plantemplateversion SET state = 'superseded'") == 1


def test_what_a_migration_lost_is_put_back_by_the_next_migrate():
    triggers.remove(connection)
    assert triggers.standing(connection) == {}
    call_command("migrate", verbosity=0)
    assert triggers.astray(connection, KEPT) == []


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_is_emptied_and_nobody_else(ana):
    audit.record("read", by=ana, subject=ana)
    empty(connection)
    assert triggers.astray(connection, KEPT) == []
    if connection.vendor == "postgresql":
        assert refused("TRUNCATE accounts_auditevent")


def test_what_the_list_names_no_more_is_gone_after_the_next_migrate(monkeypatch):
    fewer = tuple(one for one in KEPT if one.table != "careplans_event")
    monkeypatch.setattr("careplans.models.kept.KEPT", fewer)
    call_command("migrate", verbosity=0)
    assert "careplans_event" not in triggers.standing(connection).values()
    monkeypatch.undo()
    call_command("migrate", verbosity=0)
    assert triggers.astray(connection, KEPT) == []


def test_a_test_may_rewrite_and_nobody_afterwards(plan):
    with rewriting():
        assert run("UPDATE careplans_plan SET aim = 'tampered'") == 1
    assert refused("UPDATE careplans_plan SET aim = 'again'")
