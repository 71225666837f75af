"""The clinical rows of a test as they stand, to be put back after each round: quicker than to make them anew."""

from collections.abc import Collection

from django.db import transaction

from careplans import models
from tests.rewriting import rewriting

# What a case consists of and what is done over all of them, and so what a round may change.
KEPT = (
    models.Patient, models.PatientBoard, models.PatientChange, models.CareEnd, models.CareEnded,
    models.Case, models.CaseKey, models.Proforma, models.FactChange, models.Plan, models.PlanSchedule, models.Step,
    models.Occurrence, models.StepBreak, models.Monitoring, models.Signature, models.FollowUp,
    models.Reminder, models.OutboxMessage, models.Advisory, models.Event, models.GuidanceAnswer, models.PriorTreatment,
    models.PlanTemplateVersion, models.PlanTemplateEvent, models.TemplatedStep,
    models.Import, models.ImportedPart, models.PatientIdentifier, models.PatientName, models.PatientKey,
    models.RuleRun, models.Arm, models.Specimen, models.RecordMove, models.MovedCase, models.RecentAct,
    models.SnomedMap, models.SnomedCode,
)  # fmt: skip


class Rows:
    def __init__(self) -> None:
        self.kept = {model: list(model._base_manager.order_by("pk")) for model in KEPT}

    def restore(self, tables: Collection[str]) -> None:
        """Those of the tables that were written to."""
        changed = {model: rows for model, rows in self.kept.items() if model._meta.db_table in tables}
        with transaction.atomic(), rewriting():
            for model in changed:
                model._base_manager.all()._raw_delete("default")
            for model, rows in changed.items():
                model._base_manager.bulk_create(rows)
