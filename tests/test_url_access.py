"""Every address x everybody: who gets in, who is refused (403), for whom it does not exist (404).

An address without an entry fails the test. A refusal shows nothing of the record it protects.
"""

import re
from copy import deepcopy
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import AuditEvent, Holiday
from accounts.services.absences import plan_absence
from accounts.services.api_tokens import issue_token
from accounts.services.institution_analysts import make_analyst_of
from accounts.services.system_secrets import make_secret
from accounts.services.systems import add_board, register_system
from careplans.models import OutboxMessage, Reminder, Signature
from careplans.plan_templates.drafts import begin_version
from careplans.rules.drafts import begin_rule_set
from careplans.rules.runs import queue_trial
from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment
from careplans.services.decisions import add_decision
from careplans.services.followups import change_follow_up
from careplans.services.monitoring import add_monitoring
from careplans.services.plan_schedules import add_schedule
from careplans.services.recent_acts import record_act
from careplans.services.record_moves import ask_merge
from careplans.services.specimens import add_specimen
from careplans.webhooks.registering import send_test
from modalities.models import Attachment, Modality, Source, Statement, Trial
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, pid
from tests.careplans.plan_templates.worlds import in_force
from tests.careplans.webhooks.makers import make_webhook as webhook_of
from tests.factories import join, make_cast, make_project, make_user

pytestmark = pytest.mark.django_db

BOARD = frozenset({"ana", "chloe", "omar", "nina", "anselm"})
CLINICAL = frozenset({"ana", "chloe", "omar", "nina"})
TEAM = frozenset({"ana", "chloe", "omar"})
LEADS = frozenset({"ana", "chloe"})
SIGNERS = frozenset({"chloe", "omar"})
CHAIR = frozenset({"chloe"})
ADMIN = frozenset({"admin"})
EDITOR = frozenset({"edda"})
APPROVER = frozenset({"abel"})
OUTSIDE = frozenset({"otto", "former", "admin", "edda", "abel"})
EVERYBODY = BOARD | OUTSIDE

# name -> (method, what it is about, who gets in). Members whose role is too small get 403; whoever is outside, 404.
ON_BOARD = {
    "careplans:board_home": ("get", "board", BOARD),
    "careplans:patients": ("get", "board", CLINICAL),
    "careplans:patient_new": ("get", "board", TEAM),
    "careplans:import_new": ("get", "board", TEAM),
    "careplans:imports": ("get", "board", CLINICAL),
    "careplans:import": ("get", "upload", CLINICAL),
    "careplans:patient": ("get", "patient", CLINICAL),
    "careplans:patient_edit": ("get", "patient", TEAM),
    "careplans:let_go": ("get", "patient", TEAM),
    "careplans:patient_names": ("get", "patient", TEAM),
    "careplans:patient_name_off": ("post", "patient", TEAM),
    "careplans:death": ("get", "patient", TEAM),
    "careplans:transfer": ("get", "patient", LEADS),
    "careplans:care_end": ("get", "dead end", CLINICAL),
    "careplans:care_back": ("post", "dead end ended", LEADS),
    "careplans:duplicates": ("get", "board", TEAM),
    "careplans:record_moves": ("get", "board", CLINICAL),
    "careplans:merge": ("get", "patient", TEAM),
    "careplans:move_case": ("get", "case", TEAM),
    "careplans:record_move": ("get", "record_move", CLINICAL),
    "careplans:cases": ("get", "board", CLINICAL),
    "careplans:case_new": ("get", "patient", TEAM),
    "careplans:case": ("get", "case", CLINICAL),
    "careplans:case_edit": ("get", "case", TEAM),
    "careplans:case_move": ("post", "case", LEADS),
    "careplans:timeline": ("get", "case", CLINICAL),
    "careplans:course": ("get", "case", CLINICAL),
    "careplans:case_seen": ("post", "case", CLINICAL),
    "careplans:plan_seen": ("post", "plan", CLINICAL),
    "careplans:proforma": ("get", "case", CLINICAL),
    "careplans:proforma_save": ("post", "case", TEAM),
    "careplans:proforma_history": ("get", "case", CLINICAL),
    "careplans:prior_treatment_new": ("post", "case", TEAM),
    "careplans:prior_treatment_edit": ("get", "case therapy", TEAM),
    "careplans:prior_treatment_withdraw": ("post", "case therapy", TEAM),
    "careplans:specimen_new": ("post", "case", TEAM),
    "careplans:specimen": ("get", "specimen", TEAM),
    "careplans:specimen_decide": ("post", "specimen", TEAM),
    "careplans:specimen_withdraw": ("post", "specimen", TEAM),
    "careplans:plan_new": ("post", "case", TEAM),
    "careplans:plan_copy": ("post", "draft", TEAM),
    "careplans:plan_start": ("post", "case", TEAM),
    "careplans:plan_template": ("post", "draft", TEAM),
    # Who is on the board and edits the reference pages: tests/careplans/plan_templates/test_from_plan.py.
    "careplans:plan_as_template": ("get", "plan", frozenset()),
    "careplans:plan": ("get", "plan", CLINICAL),
    "careplans:plan_edit": ("get", "draft", TEAM),
    "careplans:plan_save": ("post", "draft", TEAM),
    "careplans:plan_print": ("get", "plan", CLINICAL),
    "careplans:plan_pdf": ("get", "plan", CLINICAL),
    "careplans:contradictions": ("get", "case", CLINICAL),
    "careplans:plan_picture": ("get", "plan", BOARD),
    "careplans:plan_compare": ("get", "plan", CLINICAL),
    "careplans:plan_amend": ("get", "plan", TEAM),
    "careplans:plan_close": ("post", "plan", LEADS),
    "careplans:plan_schedule_new": ("get", "draft", TEAM),
    "careplans:plan_schedule": ("get", "draft draft_schedule", TEAM),
    "careplans:plan_schedule_remove": ("post", "draft draft_schedule", TEAM),
    "careplans:step_new": ("post", "draft", TEAM),
    "careplans:steps_reorder": ("post", "draft", TEAM),
    "careplans:step_edit": ("get", "draft_step", TEAM),
    "careplans:step_row": ("get", "draft_step", TEAM),
    "careplans:step_save": ("post", "draft_step", TEAM),
    "careplans:step_move": ("post", "draft_step", TEAM),
    "careplans:step_remove": ("post", "draft_step", TEAM),
    "careplans:step_restore": ("post", "draft_step", TEAM),
    "careplans:decision_new": ("post", "draft", TEAM),
    "careplans:arm_new": ("post", "decision", TEAM),
    "careplans:arm_save": ("post", "arm", TEAM),
    "careplans:arm_move": ("post", "arm", TEAM),
    "careplans:arm_remove": ("post", "arm", TEAM),
    "careplans:step_deliver": ("get", "step", CLINICAL),
    "careplans:step_record": ("post", "step", TEAM),
    "careplans:undo": ("post", "act", TEAM),
    "careplans:occurrence": ("get", "occurrence", CLINICAL),
    "careplans:monitoring_new": ("post", "draft_step", TEAM),
    "careplans:monitoring_remove": ("post", "monitoring", TEAM),
    "careplans:advisories": ("get", "plan", CLINICAL),
    "careplans:superseded_guidance": ("get", "board", CLINICAL),
    "careplans:superseded_guidance_keep": ("post", "plan", TEAM),
    "careplans:changed_facts": ("get", "board", CLINICAL),
    "careplans:changed_facts_keep": ("post", "plan", TEAM),
    "careplans:deciding_facts": ("get", "board", BOARD),
    "careplans:plan_submit": ("post", "draft", TEAM),
    "careplans:signoff": ("get", "asked", CLINICAL),
    "careplans:plan_recall": ("post", "asked", TEAM),
    "careplans:plan_release": ("post", "asked", CHAIR),
    "careplans:delegate": ("post", "asked signature", SIGNERS),
    "careplans:followups": ("get", "board", CLINICAL),
    "careplans:followup_new": ("get", "case", TEAM),
    "careplans:nothing_ahead": ("get", "board", CLINICAL),
    "careplans:say_what_comes_next": ("post", "case", TEAM),
    "careplans:followup": ("get", "followup", CLINICAL),
    "careplans:followup_record": ("post", "followup", TEAM),
    "careplans:schedules": ("get", "board", CLINICAL),
    "careplans:schedule_new": ("get", "board", LEADS),
    "careplans:schedule_library": ("post", "board", LEADS),
    "careplans:schedule": ("get", "board schedule", CLINICAL),
    "careplans:schedule_regenerate": ("get", "board schedule", LEADS),
    "careplans:left_over": ("get", "board", CLINICAL),
    "careplans:person_work": ("get", "board person", LEADS),
    "careplans:reminders": ("get", "board", LEADS),
    "careplans:webhooks": ("get", "board", LEADS),
    "careplans:webhook": ("get", "webhook", LEADS),
    "careplans:webhook_secret": ("post", "webhook", LEADS),
    "careplans:webhook_test": ("post", "webhook", LEADS),
    "careplans:webhook_off": ("post", "webhook", LEADS),
    "careplans:webhook_on": ("post", "webhook", LEADS),
    "careplans:webhook_again": ("post", "webhook one", LEADS),
    "careplans:send_again": ("post", "board message", LEADS),
    "careplans:came_back": ("post", "board message", LEADS),
    "careplans:snooze_step": ("post", "step", TEAM),
    "careplans:snooze_followup": ("post", "followup", TEAM),
    "accounts:board_settings": ("get", "board", LEADS),
    "accounts:holidays": ("get", "board", LEADS),
    "accounts:projects": ("get", "board", LEADS),
    "accounts:project_new": ("get", "board", LEADS),
    "accounts:project": ("get", "board project", LEADS),
    "accounts:project_analysts": ("post", "board project", LEADS),
    "accounts:project_close": ("post", "board project", LEADS),
    "accounts:project_renew": ("post", "board project", LEADS),
    "accounts:holiday_remove": ("post", "board holiday", LEADS),
}

# A site-wide role: everybody else who signed in gets 403.
SITE = {
    "careplans:operations": ("get", "", ADMIN),
    "careplans:operations_hold": ("post", "", ADMIN),
    "careplans:operations_release": ("post", "", ADMIN),
    "accounts:people": ("get", "", ADMIN),
    "accounts:invite": ("get", "", ADMIN),
    "accounts:person": ("get", "person", ADMIN),
    "accounts:invite_again": ("post", "person", ADMIN),
    "accounts:person_email": ("post", "person", ADMIN),
    "accounts:person_activate": ("post", "person", ADMIN),
    "accounts:person_tokens_end": ("post", "person", ADMIN),
    "accounts:person_token_end": ("post", "person token", ADMIN),
    "careplans:person_deactivate": ("post", "person", ADMIN),
    "careplans:board_close": ("get", "board", ADMIN),
    "careplans:board_reopen": ("post", "board", ADMIN),
    "accounts:api_systems": ("get", "", ADMIN),
    "accounts:api_system_new": ("get", "", ADMIN),
    "accounts:api_system": ("get", "api_system", ADMIN),
    "accounts:api_system_suspend": ("post", "api_system", ADMIN),
    "accounts:api_system_resume": ("post", "api_system", ADMIN),
    "accounts:api_system_board": ("post", "api_system", ADMIN),
    "accounts:api_system_board_end": ("post", "api_system api_membership", ADMIN),
    "accounts:api_system_secret": ("post", "api_system", ADMIN),
    "accounts:api_system_secret_end": ("post", "api_system api_secret", ADMIN),
    "accounts:membership_add": ("post", "person", ADMIN),
    "careplans:membership_change": ("post", "membership", ADMIN),
    "careplans:membership_end": ("post", "membership", ADMIN),
    "accounts:person_absence_end": ("post", "person absence", ADMIN),
    "accounts:boards": ("get", "", ADMIN),
    "accounts:board_new": ("get", "", ADMIN),
    "accounts:board": ("get", "board", ADMIN),
    "accounts:institutions": ("get", "", ADMIN),
    "accounts:institution": ("get", "institution", ADMIN),
    "accounts:system_new": ("get", "institution", ADMIN),
    "accounts:system": ("get", "institution system", ADMIN),
    "accounts:institution_projects": ("get", "institution", ADMIN),
    "accounts:institution_project_new": ("get", "institution", ADMIN),
    "accounts:institution_project": ("get", "institution wide_project", ADMIN),
    "accounts:institution_project_analysts": ("post", "institution wide_project", ADMIN),
    "accounts:institution_project_close": ("post", "institution wide_project", ADMIN),
    "accounts:institution_project_renew": ("post", "institution wide_project", ADMIN),
    "accounts:institution_analyst_new": ("post", "institution", ADMIN),
    "accounts:institution_analyst_end": ("post", "institution wide_analyst", ADMIN),
    "careplans:board_institution": ("get", "board", ADMIN),
    "careplans:review_reminders": ("get", "", EDITOR | APPROVER),
    "careplans:review_send_again": ("post", "review_message", EDITOR),
    # Counts for who writes the pages, cases for members of any board.
    "careplans:page_plans": ("get", "slug", EDITOR | APPROVER | CLINICAL | {"otto"}),
    "modalities:attachment_new": ("get", "slug", EDITOR),
    "modalities:attachment_withdraw": ("get", "attachment", EDITOR),
    "modalities:page_new": ("get", "", EDITOR),
    "modalities:place": ("get", "slug", EDITOR),
    "modalities:retire": ("get", "slug", APPROVER),
    "modalities:restore": ("post", "slug", APPROVER),
    "modalities:edit": ("get", "slug", EDITOR),
    "modalities:draft": ("get", "slug", EDITOR | APPROVER),
    "modalities:draft_act": ("post", "slug", EDITOR),
    "modalities:draft_save": ("post", "slug", EDITOR),
    "modalities:draft_approve": ("post", "slug", APPROVER),
    "modalities:draft_send_back": ("post", "slug", APPROVER),
    "modalities:withdraw": ("get", "slug one", APPROVER),
    "modalities:reviews": ("get", "", EDITOR | APPROVER),
    "modalities:review": ("get", "slug", EDITOR),
    "modalities:trial_new": ("get", "", EDITOR),
    "modalities:trial": ("get", "trial", EDITOR),
    "modalities:register": ("get", "", EDITOR),
    "modalities:source_new": ("get", "", EDITOR),
    "modalities:statement_note": ("get", "statement", EDITOR),
    "careplans:scorecard": ("get", "", BOARD | frozenset({"otto"})),
    "careplans:scorecard_indicator": ("get", "indicator", BOARD | frozenset({"otto"})),
    "careplans:export_new": ("get", "", BOARD | {"otto"}),
    "careplans:rule_draft": ("get", "", EDITOR | APPROVER),
    "careplans:rule_draft_act": ("post", "", EDITOR),
    "careplans:rules_publish": ("post", "", APPROVER),
    "careplans:rules_send_back": ("post", "", APPROVER),
    "careplans:overrides": ("get", "", EDITOR | APPROVER | CHAIR | frozenset({"anselm"})),
    "careplans:overrides_csv": ("get", "", EDITOR | APPROVER | CHAIR | frozenset({"anselm"})),
    "careplans:reports": ("get", "", BOARD | {"otto"}),
    "careplans:report": ("get", "report", BOARD | {"otto"}),
    "careplans:report_csv": ("get", "report", BOARD | {"otto"}),
    # Of so few as there are here nobody from outside of the board is shown the rows.
    "careplans:report_rows": ("get", "report", BOARD - {"anselm"} | {"otto"}),
    "careplans:report_pack": ("get", "", BOARD | {"otto"}),
    "careplans:report_pack_pdf": ("get", "", BOARD | {"otto"}),
    "careplans:rule_trial": ("post", "", EDITOR | APPROVER),
    "careplans:rule_run": ("get", "run", EDITOR | APPROVER),
    "careplans:rule_run_act": ("post", "run", EDITOR | APPROVER),
    "careplans:rule_new": ("get", "", EDITOR),
    "careplans:rule_edit": ("get", "rule", EDITOR),
    "careplans:rule_act": ("post", "rule", EDITOR),
    "careplans:template_new": ("get", "", EDITOR),
    "careplans:template_use": ("get", "", EDITOR | APPROVER),
    "careplans:template_departures": ("get", "template one", EDITOR | APPROVER),
    "careplans:template_withdraw": ("get", "template", APPROVER),
    "careplans:template_review": ("get", "template", EDITOR),
    "careplans:template_draft": ("get", "template", EDITOR | APPROVER),
    "careplans:template_draft_act": ("post", "template", EDITOR),
    "careplans:template_publish": ("post", "template", APPROVER),
    "careplans:template_send_back": ("post", "template", APPROVER),
    "careplans:template_about": ("get", "template", EDITOR),
    "careplans:template_schedules": ("get", "template", EDITOR),
    "careplans:template_step_new": ("get", "template", EDITOR),
    "careplans:template_step": ("get", "template template_step", EDITOR),
    "careplans:template_step_act": ("post", "template template_step", EDITOR),
}

# Everybody who signed in.
SIGNED_IN = {
    "accounts:logout": ("post", ""),
    "fhir:value_sets": ("get", ""),
    "accounts:password_change": ("get", ""),
    "accounts:password_change_done": ("get", ""),
    "accounts:settings": ("get", ""),
    "accounts:email_change": ("get", ""),
    "accounts:email_withdraw": ("post", ""),
    "accounts:typed": ("get", ""),
    "accounts:typed_form": ("get", ""),
    "accounts:absences": ("get", ""),
    "accounts:api_tokens": ("get", ""),
    "accounts:api_tokens_end": ("post", ""),
    "accounts:calendar_make": ("post", ""),
    "accounts:calendar_revoke": ("post", ""),
    "careplans:notices": ("get", ""),
    "accounts:notices_read": ("post", ""),
    "modalities:index": ("get", ""),
    "modalities:search": ("get", ""),
    "modalities:attachment": ("get", "attachment"),
    "modalities:attachments": ("get", "slug"),
    "modalities:statements": ("get", ""),
    "modalities:sources": ("get", ""),
    "modalities:source": ("get", "source"),
    "modalities:page": ("get", "slug"),
    "modalities:page_print": ("get", "slug"),
    "modalities:history": ("get", "slug"),
    "modalities:compare": ("get", "slug"),
    "modalities:revision": ("get", "slug one"),
    "careplans:my_work": ("get", ""),
    "careplans:work_seen": ("post", ""),
    "careplans:bulk": ("get", ""),
    "careplans:search": ("get", ""),
    "careplans:help_home": ("get", ""),
    "careplans:help_role": ("get", "role"),
    "careplans:help_things": ("get", ""),
    "careplans:exports": ("get", ""),
    "careplans:data_dictionary": ("get", ""),
    "careplans:data_dictionary_csv": ("get", ""),
    "careplans:rules": ("get", ""),
    "careplans:rule": ("get", "rule"),
    "careplans:rule_versions": ("get", ""),
    "careplans:rule_version": ("get", "zero"),
    "careplans:rules_compare": ("get", ""),
    "careplans:templates": ("get", ""),
    "careplans:template": ("get", "template"),
    "careplans:template_versions": ("get", "template"),
    "careplans:template_version": ("get", "template one"),
    "careplans:templates_compare": ("get", "template"),
}

# One's own row only; a stranger's does not exist. Tested in tests/accounts and tests/careplans/exports.
OWN = {
    "careplans:export", "careplans:export_act", "careplans:export_file", "accounts:notice",
    "accounts:absence_end", "accounts:api_token_end", "accounts:email_confirm", "accounts:typed_drop",
}  # fmt: skip

# Anybody, signed in or not; the mailbox exists in the demo only.
PUBLIC = {
    "accounts:login", "accounts:session", "accounts:welcome", "accounts:password_reset", "accounts:password_reset_done",
    "accounts:password_reset_confirm", "accounts:mailbox", "accounts:mail", "careplans:health",
    "careplans:live", "careplans:ready", "careplans:metrics",
    # Its own proof is asked for; tests/accounts/test_oauth.py. The other two say where.
    "accounts:oauth_token", "accounts:oauth_metadata", "accounts:smart_configuration",
    # Its secret is the key; tests/careplans/readers/test_calendar_feed.py.
    "careplans:calendar",
}  # fmt: skip

REFUSED_WITHOUT = ("Ashdown", "SYN-1", "Ileal NET")


def routes(resolver=None, namespace=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern, inner)
        else:
            yield f"{namespace}{pattern.name}"


def addresses(resolver, before=""):
    for pattern in resolver.url_patterns:
        at = f"{before}{pattern.pattern}"
        yield from addresses(pattern, at) if hasattr(pattern, "url_patterns") else [at]


def test_no_address_is_registered_twice():
    found = list(addresses(get_resolver()))
    assert sorted({at for at in found if found.count(at) > 1}) == []


@pytest.fixture(scope="module")
def made(module_db):
    """Everybody, signed in, and everything: made once, since making it takes longer than asking for a page."""
    with module_db():
        cast = make_cast()
        return sign_in(cast), make_things(cast)


@pytest.fixture
def people(made, db):
    """A browser of their own for each, in which they are signed in."""
    return {name: browser_with(cookies) for name, cookies in made[0].items()}


@pytest.fixture
def things(made, db):
    return dict(made[1])


def sign_in(cast):
    former = make_user("fay@northgate.example", "Fay Former")
    membership = join(former, cast.board, "member", "surgery")
    type(membership).objects.filter(pk=membership.pk).update(ended_at="2026-01-01T00:00Z")
    abel = make_user("abel@consilium.example", "Abel Approver", is_content_approver=True)
    everybody = {name: getattr(cast, name) for name in EVERYBODY - {"former", "abel"}} | {
        "former": former,
        "abel": abel,
    }
    cookies = {}
    for name, user in everybody.items():
        client = Client()
        client.force_login(type(user).objects.get(pk=user.pk))
        cookies[name] = client.cookies
    return cookies


def browser_with(cookies):
    client = Client()
    client.cookies = deepcopy(cookies)
    return client


def make_statement():
    return Statement.objects.create(number="S01", line="1", kind="title", text="A title.", reference="none")


def make_attachment(by, slug="osa"):
    return Attachment.objects.create(
        modality=Modality.objects.get(slug=slug), title="A file", source="—", content_type="application/pdf",
        content=b"%PDF-", size=5, sha256="0" * 64, uploaded_by=by,
    )  # fmt: skip


def make_trial(by):
    Modality.objects.get_or_create(code="TRIAL", defaults={"slug": "clinical-trials", "title": "Clinical trials"})
    return Trial.objects.create(
        name="A trial", register_id="NCT0", opened_on="2026-01-01", criteria="G1", contact="Ward", changed_by=by
    )


def make_act(plan, by):
    row = plan.follow_ups.last()
    values = {
        "expected_version": row.version,
        "due_on": row.due_on + timedelta(days=1),
        "reason": "the scanner is down",
    }
    return record_act(row, change_follow_up, by=by, verb="move", say=str, **values).act


def rule_draft():
    """An open draft of the rules and its trial, by an editor who is none of the people asked."""
    erik = make_user("erik@consilium.example", "Erik Editor", is_content_editor=True)
    return {"rule": "TRI-01", "run": queue_trial(begin_rule_set(by=erik), by=erik).pk, **template_draft(erik)}


def template_draft(erik):
    """A template in force with a draft of its next version."""
    return {"template": begin_version(in_force().template, by=erik).template.slug, "template_step": "s1"}


def make_review_message(user):
    reminder = Reminder.objects.create(
        reference_page=makers.make_modality("OSA"), recipient=user, kind="due", local_day="2026-01-01", local_time="08:00",
        zone="UTC", due_at="2026-01-01T08:00Z",
    )  # fmt: skip
    return OutboxMessage.objects.create(
        reminder=reminder, channel="email", recipient=user, dedupe_key="review", due_at=reminder.due_at
    ).pk


def make_source(by):
    return Source.objects.create(
        number=1, title="A trial", publisher="A journal", published_on="2024", accessed_on="2026-01-01", added_by=by
    )


def make_api_system(cast):
    """A system of the board, with a secret."""
    system = register_system(
        by=cast.admin, name="Registry", run_by="-", purpose="-", contact="-", scopes=["cases:read"]
    )
    membership = add_board(system, cast.board, role="analyst", by=cast.admin)
    secret, _ = make_secret(system, by=cast.admin)
    return {"api_system": system.pk, "api_membership": membership.pk, "api_secret": secret.pk}


def make_webhook(board, *, by):
    """With a delivery that has arrived."""
    row = webhook_of(board, by=by)
    send_test(row, by=by)
    row.deliveries.update(status="arrived", arrived_at="2026-01-01T08:00Z")
    return row


def make_record_move(board, *, by):
    old, new = (makers.make_patient(board, by=by, record_number=number) for number in ("SYN-15", "SYN-16"))
    return ask_merge(old, by=by, into=new.pk, reason="The same number on both letters.")


def make_projects(cast):
    """Nobody reads in them: whom a project names reads in projects alone."""
    wide = make_project(cast.board.institution, by=cast.admin)
    analyst = make_analyst_of(
        cast.board.institution, make_user("ingo@northgate.example", "Ingo"), by=cast.admin, ends_on=None
    )
    return {
        "project": make_project(cast.board, by=cast.chloe).pk, "wide_project": wide.pk, "wide_analyst": analyst.pk,
    }  # fmt: skip


def make_things(cast):
    board, ana, chloe, omar = cast.board, cast.ana, cast.chloe, cast.omar
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(board))
    course = makers.make_course(board, by=ana, chair=chloe, record_number="SYN-13")
    makers.require_disciplines(board, "medical_oncology")
    asked = makers.submit(makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-11"), by=ana), by=ana)
    draft = makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-12"), by=ana)
    dead = makers.make_case(board, by=ana, record_number="SYN-14").patient
    end = record_death(dead, by=ana, expected_version=1, source="Ward", year=2026, month=None, day=None)
    decision = add_decision(draft, by=ana, description="re-staging", arms=[{"name": "responds"}])
    add_schedule(draft, by=ana, schedule=makers.schedule_of(plan).schedule, counts_from=makers.TODAY(), assignee=ana)
    line = add_monitoring(draft.steps.first(), by=ana, kind="echo", when="course", interval=1, interval_unit="months")
    therapy = add_prior_treatment(case, by=ana, modality_code="OSA", response="stable")
    return {
        "board": board.pk, "patient": case.patient_id, "case": case.pk, "plan": plan.pk, "step": plan.steps.first().pk,
        "draft": draft.pk, "decision": decision.pk, "arm": decision.arms.get().pk,
        "draft_step": draft.steps.first().pk, "asked": asked.pk, "therapy": therapy.pk,
        "specimen": add_specimen(case, by=ana, decides=False, taken_from="liver").pk,
        "signature": Signature.objects.get(plan=asked).pk, "followup": plan.follow_ups.first().pk,
        "occurrence": course.occurrences.first().pk, "act": make_act(plan, omar).pk, "monitoring": line.pk,
        "absence": plan_absence(omar, by=omar, first_day=board.today, last_day=board.today, deputy=ana).pk,
        "holiday": Holiday.objects.create(board=board, day="2030-12-25", name="Christmas Day").pk,
        "schedule": makers.schedule_of(plan).schedule_id, "draft_schedule": makers.schedule_of(draft).pk,
        "message": OutboxMessage.objects.first().pk, "person": omar.pk,
        "membership": omar.memberships.first().pk, "slug": "osa",
        "report": "releases", "one": 1, "zero": 0, "role": "member", **rule_draft(),
        "indicator": "treated-before",
        "statement": make_statement().number, "trial": make_trial(omar).pk, "attachment": make_attachment(omar).pk,
        "dead": dead.pk, "end": end.pk, "ended": end.ended.get().pk, "source": make_source(omar).number,
        "institution": board.institution_id,
        "record_move": make_record_move(board, by=omar).pk,
        "event": case.events.first().pk, "token": issue_token(omar)[0].pk, "webhook": make_webhook(board, by=ana).pk,
        **make_api_system(cast),
        "upload": bring(board, omar, adt(pid(record="SYN-7"))).done.pk,
        "system": board.institution.systems.get().pk,
        "review_message": make_review_message(omar), **make_projects(cast),
    }  # fmt: skip


def address(name, about, things):
    return reverse(name, args=[things[key] for key in about.split()])


def ask(client, method, url):
    return getattr(client, method)(url)


def test_every_address_has_an_entry():
    known = set(ON_BOARD) | set(SITE) | set(SIGNED_IN) | OWN | PUBLIC
    pages = {name for name in routes() if not name.startswith(("api:", "fhir:r4_"))}
    assert pages - known == set()
    assert known - pages == set()


@pytest.mark.parametrize("name", sorted({**ON_BOARD, **SITE, **SIGNED_IN}))
def test_a_visitor_is_sent_to_sign_in(name, things):
    method, about, *_ = {**ON_BOARD, **SITE, **SIGNED_IN}[name]
    response = ask(Client(), method, address(name, about, things))
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize("name", sorted(ON_BOARD))
def test_a_page_of_a_board(name, things, people):
    method, about, allowed = ON_BOARD[name]
    url = address(name, about, things)
    for who in sorted(BOARD - allowed):
        refused(ask(people[who], method, url), 403, f"{who} on {name}")
    for who in sorted(OUTSIDE):
        refused(ask(people[who], method, url), 404, f"{who} on {name}")
    for who in sorted(allowed):
        page = ask(people[who], method, url)
        status = page.status_code
        assert forms_without_token(page) == 0, f"{who} on {name}"
        assert status in ((200,) if method == "get" else (200, 302, 400, 409)), f"{who} on {name}: {status}"


@pytest.mark.parametrize("name", sorted(SITE))
def test_a_page_of_a_site_role(name, things, people):
    method, about, allowed = SITE[name]
    url = address(name, about, things)
    for who in sorted(EVERYBODY - allowed):
        refused(ask(people[who], method, url), 403, f"{who} on {name}")
    for who in sorted(allowed):
        page = ask(people[who], method, url)
        assert page.status_code in (200, 302, 400, 409), f"{who} on {name}"
        assert forms_without_token(page) == 0, f"{who} on {name}"


@pytest.mark.parametrize("name", sorted(n for n, (method, _, who) in SITE.items() if who == ADMIN and method == "get"))
def test_every_page_of_people_and_operations_is_in_the_trail(name, things, people):
    _, about, _ = SITE[name]
    assert people["admin"].get(address(name, about, things)).status_code == 200
    event = AuditEvent.objects.filter(action="opened").get()
    assert (event.actor.email, event.subject_id) == ("admin@consilium.example", name)


@pytest.mark.parametrize("name", sorted(ON_BOARD))
def test_every_refusal_on_a_board_is_in_the_trail(name, things, people):
    """Of whoever is outside, for whom it does not exist; and of whoever may too little."""
    method, about, allowed = ON_BOARD[name]
    for who, status in [("otto", 404), *[(one, 403) for one in sorted(BOARD - allowed)[:1]]]:
        before = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        ask(people[who], method, address(name, about, things))
        event = AuditEvent.objects.get(action="refused", pk__gt=before)
        assert (event.actor.email.partition("@")[0], event.data["status"], event.data["where"]) == (who, status, name)


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_a_page_for_everybody(name, things, people):
    method, about = SIGNED_IN[name]
    for who in sorted(EVERYBODY):
        assert ask(people[who], method, address(name, about, things)).status_code in (200, 302), f"{who} on {name}"


@pytest.mark.parametrize("name", sorted(n for n, entry in ON_BOARD.items() if entry[1]))
def test_a_foreign_id_and_a_missing_id_look_the_same(name, things, people):
    method, about, _ = ON_BOARD[name]
    foreign = ask(people["otto"], method, address(name, about, things))
    missing = ask(people["otto"], method, address(name, about, things | dict.fromkeys(things, 987654321)))
    assert foreign.status_code == missing.status_code == 404
    assert body(foreign) == body(missing)


def test_the_sweep_would_notice_an_open_door(things, people):
    with pytest.raises(AssertionError):
        refused(people["omar"].get(reverse("careplans:plan", args=[things["plan"]])), 403, "omar")


def refused(response, status, where):
    assert response.status_code == status, f"{where}: {response.status_code}"
    for text in REFUSED_WITHOUT:
        assert text not in response.content.decode(), f"{where} shows {text}"


def forms_without_token(response):
    """Forms of a page that would be carried out twice when they are sent twice."""
    text = "" if response.streaming else response.content.decode(errors="ignore")
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL)
    return len([form for form in forms if 'name="once"' not in form])


def body(response):
    """The page without what differs by request."""
    return re.sub(r'((?:csrfmiddlewaretoken|once)" value|csrf-token" content)="[^"]+"', "", response.content.decode())
