"""A template is written by one person and put into force by another."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Notice
from careplans.models import Plan, PlanTemplate, PlanTemplateEvent, PlanTemplateVersion
from careplans.plan_templates import drafts, edits, reviewing
from careplans.plan_templates.content import TemplateContent, read_content
from careplans.plan_templates.loading import FOLDER, load_templates
from careplans.readers.editorial_work import editorial_work
from careplans.services.plan_templates import draft_from_template
from common.centre_day import centre_today
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import CONTENT, in_force
from tests.factories import make_user

pytestmark = pytest.mark.django_db
STEP = {
    "phase": "surveillance", "modality": "OTHER", "description": "Look again", "goals": ("monitoring",), "owner": "radiology",
    "start": 4, "start_unit": "weeks",
}  # fmt: skip


@pytest.fixture
def abel(db):
    return make_user("abel@consilium.example", "Abel Approver", is_content_approver=True)


@pytest.fixture
def stands(db):
    return in_force(steps=[{key: value for key, value in one.items() if key != "sources"} for one in CONTENT["steps"]])


def changed(row, by, **values):
    return drafts.change(
        row, lambda content: edits.put_step(content, "", STEP | values), by=by, expected_version=row.version
    )


def in_review(row, by):
    draft = changed(drafts.begin_version(row.template, by=by), by)
    return drafts.send_to_review(draft, by=by, expected_version=draft.version, change_note="a look back")


def test_a_new_version_takes_the_place_of_the_one_before(stands, edda, abel):
    sent = in_review(stands, edda)
    now = reviewing.publish(sent, by=abel, expected_version=sent.version)
    stands.refresh_from_db()
    assert (now.number, now.state, stands.state) == (2, "published", "superseded")
    assert AuditEvent.objects.filter(action="template.published", actor=abel).exists()


def test_who_wrote_on_it_may_not_approve_it(stands, edda):
    edda.is_content_approver = True
    edda.save()
    sent = in_review(stands, edda)
    with pytest.raises(PermissionDenied, match="another person has to approve it"):
        reviewing.publish(sent, by=edda, expected_version=sent.version)
    stands.refresh_from_db()
    assert stands.state == "published"


@pytest.mark.parametrize("verb", ["begin", "change", "send", "publish", "withdraw", "review"])
def test_who_is_neither_editor_nor_approver_does_nothing(verb, stands, edda, ana):
    draft = drafts.begin_version(stands.template, by=edda)
    do = {
        "begin": lambda: drafts.new_template(TemplateContent("Another"), by=ana),
        "change": lambda: changed(draft, ana),
        "send": lambda: drafts.send_to_review(draft, by=ana, expected_version=draft.version, change_note="x"),
        "publish": lambda: reviewing.publish(draft, by=ana, expected_version=draft.version),
        "withdraw": lambda: reviewing.withdraw(stands, by=ana, expected_version=stands.version, reason="x"),
        "review": lambda: reviewing.plan_review(
            stands.template, by=ana, expected_version=1, review_due_on=None, responsible=None
        ),
    }
    with pytest.raises(PermissionDenied):
        do[verb]()


def test_there_is_one_open_draft_of_a_template(stands, edda):
    drafts.begin_version(stands.template, by=edda)
    with pytest.raises(ValidationError, match="open draft already"):
        drafts.begin_version(stands.template, by=edda)


def test_what_is_missing_keeps_it_from_review(stands, edda):
    draft = changed(drafts.begin_version(stands.template, by=edda), edda, owner="", goals=())
    with pytest.raises(ValidationError) as refused:
        drafts.send_to_review(draft, by=edda, expected_version=draft.version, change_note="x")
    assert "which discipline sees to it" in str(refused.value) and "at least one goal" in str(refused.value)


def test_a_statement_that_is_not_there_keeps_it_from_review(stands, edda):
    draft = changed(drafts.begin_version(stands.template, by=edda), edda, sources=("S99",))
    with pytest.raises(ValidationError, match="no statement or source S99"):
        drafts.send_to_review(draft, by=edda, expected_version=draft.version, change_note="x")


def test_nothing_changed_is_nothing_to_approve(stands, edda):
    draft = drafts.begin_version(stands.template, by=edda)
    with pytest.raises(ValidationError, match="Nothing differs"):
        drafts.send_to_review(draft, by=edda, expected_version=draft.version, change_note="x")


def test_what_a_colleague_saved_meanwhile_is_a_conflict(stands, edda):
    draft = drafts.begin_version(stands.template, by=edda)
    seen = draft.version
    changed(draft, edda)
    with pytest.raises(Conflict):
        drafts.change(draft, lambda content: edits.take_out(content, "s1"), by=edda, expected_version=seen)


def test_in_review_nobody_writes(stands, edda):
    sent = in_review(stands, edda)
    with pytest.raises(ValidationError, match="not open for writing"):
        changed(sent, edda)


def test_sent_back_it_is_a_draft_again_and_its_editor_is_told(stands, edda, abel):
    sent = in_review(stands, edda)
    back = reviewing.send_back(sent, by=abel, expected_version=sent.version, comment="Say why")
    assert back.state == "draft"
    assert any("sent back" in notice.text and "Say why" in notice.text for notice in Notice.objects.filter(user=edda))
    [task] = editorial_work(edda)
    assert (task.status, task.asked) == ("sent_back", "Say why")


def test_an_approver_is_asked_in_the_app_and_on_my_work(stands, edda, abel):
    in_review(stands, edda)
    assert Notice.objects.filter(user=abel, text__contains="asks you to review the draft of the template").exists()
    [task] = editorial_work(abel)
    assert task.asked == "Approve it or send it back"


def test_withdrawn_it_begins_nothing_and_stays_to_be_read(stands, edda, abel, board, ana):
    gone = reviewing.withdraw(stands, by=abel, expected_version=stands.version, reason="outdated")
    assert (gone.state, gone.ended_by, gone.ended_reason) == ("withdrawn", abel, "outdated")
    with pytest.raises(ValidationError, match="not in force"):
        draft_from_template(makers.make_case(board, by=ana), stands, by=ana)


def test_after_a_withdrawal_a_new_version_can_be_drafted_and_approved(stands, edda, abel):
    reviewing.withdraw(stands, by=abel, expected_version=stands.version, reason="outdated")
    sent = in_review(stands, edda)
    assert reviewing.publish(sent, by=abel, expected_version=sent.version).state == "published"


def test_plans_keep_the_version_that_they_started_from(stands, edda, abel, board, ana):
    plan = draft_from_template(makers.make_case(board, by=ana), stands, by=ana).plan
    sent = in_review(stands, edda)
    reviewing.publish(sent, by=abel, expected_version=sent.version)
    assert Plan.objects.get(pk=plan.pk).template_version == stands


def test_a_review_that_is_due_stands_on_the_work_of_who_reads_it(stands, edda):
    template = PlanTemplate.objects.get()
    reviewing.plan_review(
        template, by=edda, expected_version=template.version, review_due_on=centre_today(), responsible=edda
    )
    [task] = editorial_work(edda)
    assert (task.title, task.label) == (stands.title, "Review due")


def test_a_title_that_is_taken_is_refused(edda):
    drafts.new_template(TemplateContent("Small bowel"), by=edda)
    with pytest.raises(ValidationError, match="of this title already"):
        drafts.new_template(TemplateContent("Small bowel"), by=edda)


@pytest.mark.parametrize("title", ["新しい", "Лечение ПРРТ", "Θεραπεία", "علاج", "New"])
def test_a_title_without_letters_for_an_address_is_numbered(edda, title):
    first = drafts.new_template(TemplateContent(title), by=edda)
    second = drafts.new_template(TemplateContent(title), by=edda)
    assert [(row.title, row.template.slug) for row in (first, second)] == [(title, "template-1"), (title, "template-2")]


def test_a_template_needs_a_title(edda):
    with pytest.raises(ValidationError, match="Give it a title"):
        drafts.new_template(TemplateContent("  "), by=edda)


def test_what_a_step_waited_for_and_is_taken_out_is_waited_for_no_longer(stands):
    content = edits.take_out(read_content(stands.content), "s1")
    [decision] = content.steps
    assert (decision.after, decision.start_from, decision.place) == ("", "", 1)


def test_a_decision_with_steps_in_its_arms_stays(stands):
    content = edits.put_step(read_content(stands.content), "", STEP | {"arm": "a1"})
    with pytest.raises(ValidationError, match="Steps stand in the arms"):
        edits.take_out(content, "s2")


def test_an_arm_with_a_step_is_not_emptied(stands):
    content = edits.put_step(read_content(stands.content), "", STEP | {"arm": "a1"})
    with pytest.raises(ValidationError, match="an arm that you emptied"):
        edits.put_step(content, "s2", {"arms": [{"key": "a2", "name": "not clear"}]})


def test_the_program_leaves_alone_what_people_have_changed(pages, edda, abel):
    load_templates()
    row = PlanTemplateVersion.objects.in_force().get(template__slug="nec-platinum")
    sent = in_review(row, edda)
    reviewing.publish(sent, by=abel, expected_version=sent.version)
    assert {one.outcome for one in load_templates() if one.slug == "nec-platinum"} == {"unchanged"}
    assert PlanTemplateVersion.objects.in_force().get(template__slug="nec-platinum").number == 2


def test_loading_twice_writes_nothing_more(pages):
    assert {one.outcome for one in load_templates()} == {"created"}
    assert {one.outcome for one in load_templates()} == {"unchanged"}
    assert PlanTemplateEvent.objects.count() == 5


def test_a_file_that_changed_makes_a_new_version(pages, tmp_path):
    load_templates()
    for path in FOLDER.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text().replace("aim: ", "aim: First of all, ", 1))
    assert {one.outcome for one in load_templates(tmp_path)} == {"updated"}
    assert PlanTemplateVersion.objects.in_force().get(template__slug="nec-platinum").number == 2
