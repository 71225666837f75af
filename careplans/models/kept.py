"""What the database itself keeps for good (`common/triggers.py`): the audit trail, events, changes of facts, answers, signatures
that were given, published pages, and the content of every plan that was ever in force.

`tests/test_migrations.py` asks of every table of the app whether it belongs here, `tests/test_kept.py` whether it holds.
"""

from django.db.models import Model

from careplans.models.arms import Arm
from careplans.models.plan_content import COLUMNS, OWN_FORM, PLAN_FIELDS
from careplans.models.plan_templates import PlanTemplateVersion
from careplans.models.plans import Plan
from careplans.models.signatures import Signature
from careplans.models.steps import Step
from common.triggers import Refusal, for_good

# Written once. Nothing of the app changes them, and nothing else shall.
FOR_GOOD = {
    "accounts_auditevent": "An entry of the audit trail never changes",
    "modalities_revision": "A published revision never changes",
    "careplans_event": "An event of the timeline never changes",
    "careplans_factchange": "A change of a fact never changes",
    "careplans_factsanswer": "An answer about changed facts never changes",
    "careplans_guidanceanswer": "An answer about superseded guidance never changes",
    "careplans_contradictionanswer": "An answer about contradicting facts never changes",
    "careplans_rulesetevent": "What was done with a set of rules never changes",
    "careplans_patientchange": "A change of a patient never changes",
    "careplans_plantemplateevent": "What was done with a template never changes",
    "careplans_import": "What was imported never changes",
    "careplans_importedpart": "What became of a part of an import never changes",
    "careplans_templatedstep": "From which step of a template a step came never changes",
    "careplans_pastrow": "What a row held before a change never changes",
    "careplans_snomedcode": "A code of a map to SNOMED CT never changes: load the next map",
    "modalities_draftevent": "What was done with a draft never changes",
}

RELEASED = "The content of a plan that was released never changes: amend it"
_PLAN = "OLD.released_at IS NOT NULL"
_OF_PLAN = "EXISTS (SELECT 1 FROM careplans_plan p WHERE p.id = OLD.plan_id AND p.released_at IS NOT NULL)"
_OF_STEP = (
    "EXISTS (SELECT 1 FROM careplans_step s JOIN careplans_plan p ON p.id = s.plan_id "
    "WHERE s.id = OLD.{column} AND p.released_at IS NOT NULL)"
)


def _columns(model: type[Model], *names: str) -> tuple[str, ...]:
    return tuple(sorted(str(field.column) for field in model._meta.concrete_fields if field.name in names))


def _content(table: str, name: str, where: str, columns: tuple[str, ...]) -> tuple[Refusal, Refusal]:
    return (
        Refusal(table, f"{name}_update", RELEASED, "UPDATE", columns, where),
        Refusal(table, f"{name}_delete", RELEASED, "DELETE", (), where),
    )


PLAN_COLUMNS = _columns(
    Plan, *PLAN_FIELDS, "case", "number", "content_version", "content_hash", "released_at", "released_by", "follow_up_from",
    "follow_up_assignee", "template_version",
)  # fmt: skip
STEP_COLUMNS = _columns(
    Step, *(name.removesuffix("_id") for name in COLUMNS), *(set(OWN_FORM) - {"monitoring"}), "plan", "removed_at"
)
ARM_COLUMNS = _columns(Arm, "decision", "position", "name", "condition", "no_step", "removed_at")
MONITORING_COLUMNS = ("days_after", "interval", "interval_unit", "kind", "removed_at", "step_id", "title", "when")
SCHEDULE_COLUMNS = (
    "assignee_id", "counts_from", "from_event", "from_step_id", "overlap", "past", "plan_id", "removed_at", "schedule_id",
)  # fmt: skip

_SIGNED = "A signature that was given never changes; it can only become void"
_GIVEN = ", ".join(f"'{status.value}'" for status in Signature.GIVEN)
_ANSWER = tuple(
    sorted(
        str(field.column) for field in Signature._meta.concrete_fields if field.name not in ("status", "voided_status")
    )
)
SIGNATURES = (
    Refusal("careplans_signature", "signature_delete", "A signature is never deleted", "DELETE"),
    Refusal(
        "careplans_signature", "signature_answer", _SIGNED, "UPDATE", _ANSWER, "OLD.status NOT IN ('pending', 'delegated')"
    ),
    Refusal(
        "careplans_signature", "signature_status", _SIGNED, "UPDATE", ("status", "voided_status"),
        f"OLD.status IN ('declined', 'void') OR (OLD.status IN ({_GIVEN}) "
        "AND (NEW.status <> 'void' OR NEW.voided_status <> OLD.status))",
    ),
)  # fmt: skip
_RULES = "A set of rules that was in force never changes: draft a new one"
_IN_FORCE = "OLD.state IN ('published', 'superseded')"
RULES = (
    Refusal(
        "careplans_rulesetversion", "rules_update", _RULES, "UPDATE",
        ("base_id", "change_note", "content_hash", "number", "published_at", "published_by_id", "rules"), _IN_FORCE,
    ),
    Refusal("careplans_rulesetversion", "rules_delete", _RULES, "DELETE", (), _IN_FORCE),
)  # fmt: skip
_TEMPLATE = "A template that was in force never changes: draft a new version"
_TEMPLATE_IN_FORCE = "OLD.state IN ('published', 'superseded', 'withdrawn')"
TEMPLATES = (
    Refusal(
        "careplans_plantemplateversion", "template_update", _TEMPLATE, "UPDATE",
        _columns(PlanTemplateVersion, *PlanTemplateVersion.KEPT),
        _TEMPLATE_IN_FORCE,
    ),
    Refusal("careplans_plantemplateversion", "template_delete", _TEMPLATE, "DELETE", (), _TEMPLATE_IN_FORCE),
)  # fmt: skip

KEPT: tuple[Refusal, ...] = (
    *(one for table, words in FOR_GOOD.items() for one in for_good(table, table.partition("_")[2], words)),
    *SIGNATURES,
    *RULES,
    *TEMPLATES,
    *_content("careplans_plan", "plan", _PLAN, PLAN_COLUMNS),
    *_content("careplans_step", "step", _OF_PLAN, STEP_COLUMNS),
    *_content("careplans_arm", "arm", _OF_STEP.format(column="decision_id"), ARM_COLUMNS),
    *_content("careplans_monitoring", "monitoring", _OF_STEP.format(column="step_id"), MONITORING_COLUMNS),
    *_content("careplans_planschedule", "plan_schedule", _OF_PLAN, SCHEDULE_COLUMNS),
)
