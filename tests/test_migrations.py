"""Old and new code run side by side while a release is rolled out: a migration must not break what the old code writes."""

import importlib
import pkgutil

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.models.fields import NOT_PROVIDED

from careplans.models.kept import KEPT

# The one from which every database begins.
FIRST = 1


def breaks_old_code(operation):
    """A column that the old code leaves out of its INSERTs, and that may not be empty; or one that is gone or renamed."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)
    return isinstance(operation, (migrations.RemoveField, migrations.RenameField, migrations.RenameModel))


def added_since():
    for app in ("accounts", "careplans", "modalities"):
        package = importlib.import_module(f"{apps.get_app_config(app).name}.migrations")
        for _, name, _ in pkgutil.iter_modules(package.__path__):
            if int(name[:4]) > FIRST:
                migration = importlib.import_module(f"{package.__name__}.{name}").Migration
                # The old code writes no row of a table that it does not know.
                new = {o.name_lower for o in migration.operations if isinstance(o, migrations.CreateModel)}
                yield from (
                    (f"{app}.{name}", operation)
                    for operation in migration.operations
                    if getattr(operation, "model_name_lower", None) not in new
                )


def test_old_code_can_write_beside_every_new_migration():
    assert [f"{name}: {operation.describe()}" for name, operation in added_since() if breaks_old_code(operation)] == []


@pytest.mark.parametrize(
    ("operation", "breaks"),
    [
        (migrations.AddField("outboxmessage", "note", models.CharField(max_length=9, default="")), True),
        (
            migrations.AddField("outboxmessage", "note", models.CharField(max_length=9, default="", db_default="")),
            False,
        ),
        (migrations.AddField("outboxmessage", "note_at", models.DateTimeField(null=True)), False),
        (migrations.RemoveField("outboxmessage", "token"), True),
        (migrations.RenameField("outboxmessage", "token", "holder"), True),
    ],
)
def test_what_old_code_cannot_live_with_is_noticed(operation, breaks):
    assert breaks_old_code(operation) is breaks


# Everything else of the three apps, and why its rows may change.
MAY_CHANGE = {
    "a row of now, whose changes are told": {
        "accounts_absence", "accounts_accountmail", "accounts_apitoken", "accounts_system", "accounts_systemsecret",
        "accounts_board", "accounts_calendarkey", "accounts_holiday", "accounts_identifiersystem",
        "accounts_institution", "accounts_institutionanalyst", "accounts_mail", "accounts_membership", "accounts_notice",
        "accounts_projectanalyst", "accounts_reportingproject", "accounts_requireddiscipline",
        "accounts_user", "careplans_advisory", "careplans_careend", "careplans_careended", "careplans_case",
        "careplans_decidingfacts", "careplans_followup", "careplans_followupschedule", "careplans_nothingahead",
        "careplans_occurrence", "careplans_patient", "careplans_patientboard", "careplans_patientidentifier",
        "careplans_patientname", "careplans_movedcase", "careplans_plantemplate", "careplans_plantemplateversion",
        "careplans_recordmove",
        "careplans_priortreatment", "careplans_proforma", "careplans_rulesetversion", "careplans_scheduleline",
        "careplans_snomedmap", "careplans_specimen", "careplans_stepbreak", "careplans_webhook",
        "careplans_webhookdelivery", "modalities_attachment", "modalities_draft",
        "modalities_modality", "modalities_publication", "modalities_source", "modalities_statement",
        "modalities_statementflag", "modalities_trial",
    },
    "of the machinery": {
        "accounts_callcount", "accounts_limit", "accounts_sent", "accounts_typed", "careplans_change",
        "careplans_changebatch", "careplans_changecount",
        "careplans_patientkey", "careplans_casekey", "careplans_heartbeat", "careplans_messagecount",
        "careplans_historyclock", "careplans_lastlook",
        "careplans_recentact", "careplans_outboxmessage", "careplans_reminder", "careplans_rulerun", "careplans_sendinghold",
        "careplans_export", "careplans_reportsummary",
    },
}  # fmt: skip


def test_every_table_is_kept_or_may_change_for_a_reason():
    """What nobody changes once it is written is refused by the database: `careplans/models/kept.py`."""
    ours = {
        model._meta.db_table
        for app in ("accounts", "careplans", "modalities")
        for model in apps.get_app_config(app).get_models()
    }
    named, kept = set().union(*MAY_CHANGE.values()), {one.table for one in KEPT}
    partly = {"careplans_rulesetversion", "careplans_plantemplateversion"}
    assert named | kept == ours
    assert named & kept == partly
