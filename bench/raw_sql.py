"""The statements of the raw views: every table that the page reads, with the columns in the order in which they are served."""

from collections.abc import Iterable

from careplans.api.serializers.cases import CaseSerializer
from careplans.api.serializers.plan_schedules import PlanScheduleSerializer
from careplans.api.serializers.plans import PlanSerializer, SignatureSerializer
from careplans.api.serializers.proforma import ProformaSerializer
from careplans.api.serializers.steps import StepSerializer

CHANGED = "(SELECT at FROM careplans_change WHERE noun = '{noun}' AND row_id = t.id)"
# What the page works out, as it is on the measured board.
NONE, NO_ROWS, EMPTY = "NULL", "'[]'::jsonb", "''"
KEYS = (
    "board", "case", "plan", "patient", "schedule", "amends", "template_version", "created_by", "submitted_by", "released_by",
    "owner", "assignee", "decided_by", "after_step", "from_step", "arm", "chosen_arm", "carried_from", "modality_revision",
    "delegated_to", "signer", "done_with", "responsible", "deciding_specimen",
)  # fmt: skip


def _columns(fields: Iterable[str], own: dict[str, str], *, people: Iterable[str] = (), also: str = "") -> str:
    told = {name: f't."{name}"' for name in fields} | {name: f't."{name}_id"' for name in KEYS} | own
    columns = [f'{told[name]} AS "{name}"' for name in fields]
    columns += [f'(SELECT name FROM accounts_user WHERE id = t.{name}_id) AS "{name}_name"' for name in people]
    return ", ".join(columns) + also


BOARDS = "SELECT m.board_id FROM accounts_membership m WHERE m.user_id = %s AND m.ended_at IS NULL"
AUDIT = (
    "INSERT INTO accounts_auditevent (at, actor_id, action, subject_type, subject_id, label, data) "
    "VALUES (now(), %s, %s, %s, %s, '', %s)"
)

LINEAGE = (
    "(WITH RECURSIVE up(id, amends_id) AS (SELECT {plan}.id, {plan}.amends_id UNION ALL SELECT q.id, q.amends_id "
    "FROM careplans_plan q JOIN up ON q.id = up.amends_id) SELECT id FROM up WHERE amends_id IS NULL)"
)

_OF_PLAN = {
    "lineage": LINEAGE.format(plan="t"),
    "updated_at": CHANGED.format(noun="plans"), "content_differs_since": NONE, "schedules": NONE, "steps": NONE,
    "signatures": NONE, "facts_since_signed": NO_ROWS, "facts_answered": NO_ROWS, "facts_since_amended": NO_ROWS,
}  # fmt: skip
_PLAN = _columns(PlanSerializer.Meta.fields, _OF_PLAN, people=("created_by", "submitted_by", "released_by"))
PLANS = f"SELECT {_PLAN} FROM careplans_plan t WHERE t.board_id = ANY(%s) ORDER BY t.id DESC LIMIT %s"
PLAN = f"SELECT {_PLAN} FROM careplans_plan t WHERE t.id = %s"

_OF_STEP = {
    "plan_status": "p.status", "plan_number": "p.number", "lineage": LINEAGE.format(plan="p"),
    "plan_version": "p.version", "updated_at": CHANGED.format(noun="steps"), "title": NONE, "reference_page": "m.slug",
    "gate": NONE, "arms": NONE, "occurrences": NONE, "breaks": NONE, "monitoring": NONE, "course_in_words": EMPTY,
    "contradictions": NO_ROWS, "is_conditional": "t.only_if <> ''",
}  # fmt: skip
_STEP = _columns(
    StepSerializer.Meta.fields, _OF_STEP, people=("owner", "assignee", "decided_by"),
    also=", r.number AS revision_number, r.title AS revision_title",
)  # fmt: skip
STEPS = (
    f"SELECT {_STEP} FROM careplans_step t JOIN careplans_plan p ON p.id = t.plan_id "
    "LEFT JOIN modalities_revision r ON r.id = t.modality_revision_id LEFT JOIN modalities_modality m ON m.id = r.modality_id "
    "WHERE t.plan_id = ANY(%s) AND t.removed_at IS NULL ORDER BY t.position, t.id"
)
OF_STEPS = (
    "SELECT *, decision_id AS step_id FROM careplans_arm WHERE removed_at IS NULL AND decision_id = ANY(%s) "
    "ORDER BY position, id",
    "SELECT * FROM careplans_occurrence WHERE step_id = ANY(%s) ORDER BY number",
    "SELECT * FROM careplans_stepbreak WHERE step_id = ANY(%s) ORDER BY held_from, id",
    "SELECT * FROM careplans_monitoring WHERE step_id = ANY(%s) ORDER BY id",
)

_SIGNATURE = _columns(
    SignatureSerializer.Meta.fields, {}, people=("delegated_to", "signer"), also=", t.plan_id AS plan"
)
SIGNATURES = f"SELECT {_SIGNATURE} FROM careplans_signature t WHERE t.plan_id = ANY(%s) ORDER BY t.id"
_OF_SCHEDULE = {
    "name": "s.name", "is_none": "s.is_none", "starts_on": "t.counts_from",
    "lines": "(SELECT array_agg(kinds->>0 ORDER BY position, id) FROM careplans_scheduleline WHERE schedule_id = s.id)",
}  # fmt: skip
_SCHEDULE = _columns(
    PlanScheduleSerializer.Meta.fields, _OF_SCHEDULE, people=("assignee", "done_with"), also=", t.plan_id AS plan"
)
SCHEDULES = (
    f"SELECT {_SCHEDULE} FROM careplans_planschedule t JOIN careplans_followupschedule s ON s.id = t.schedule_id "
    "WHERE t.plan_id = ANY(%s) AND t.removed_at IS NULL ORDER BY t.id"
)
ANSWERS = (
    "SELECT a.*, u.name FROM careplans_factsanswer a JOIN accounts_user u ON u.id = a.by_id WHERE a.plan_id = ANY(%s) "
    "ORDER BY a.id DESC"
)

_OF_CASE = {"updated_at": CHANGED.format(noun="cases"), "proforma": NONE, "prior_treatments": NONE}
_CASE = _columns(CaseSerializer.Meta.fields, _OF_CASE, people=("responsible", "created_by"))
CASE = f"SELECT {_CASE} FROM careplans_case t WHERE t.id = %s"
_FACTS = _columns(
    ProformaSerializer.Meta.fields, {"bounds": "'{}'::jsonb", "found": "'{}'::jsonb", "contradictions": NO_ROWS}
)
PROFORMA = f"SELECT {_FACTS} FROM careplans_proforma t WHERE t.case_id = %s"
OF_CASE = (
    "SELECT * FROM careplans_priortreatment WHERE case_id = %s AND removed_at IS NULL ORDER BY id",
    "SELECT * FROM careplans_specimen WHERE case_id = %s ORDER BY id",
    "SELECT * FROM careplans_contradictionanswer WHERE case_id = %s ORDER BY id",
)

CASES = (
    "SELECT c.id, c.title, c.status, c.patient_id, p.family_name, p.given_name, p.record_number, f.primary_site, f.grade "
    "FROM careplans_case c JOIN careplans_patient p ON p.id = c.patient_id JOIN careplans_proforma f ON f.case_id = c.id "
    "WHERE c.board_id = %s AND c.status NOT IN ('closed', 'declined', 'withdrawn') ORDER BY c.id DESC LIMIT %s"
)
PLANS_OF_CASES = (
    "SELECT id, case_id, number, status, content_differs_since FROM careplans_plan WHERE case_id = ANY(%s) "
    "ORDER BY number DESC"
)
