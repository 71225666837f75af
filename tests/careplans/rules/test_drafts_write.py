"""Writing the centre's rules: who may, what may change, and what stays as it was."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from careplans.models import RuleSetVersion
from careplans.rules import drafts, plan_advice, reviewing
from careplans.rules.engine import seed_rules
from careplans.rules.in_force import SEED, changes_between, hash_of, parsed
from common.errors import Conflict
from modalities.services.sourcing import add_source
from tests.careplans.rules.makers import OWN, approver, begin, fresh, in_review, publish, reworded, with_own, without
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def events(action):
    return AuditEvent.objects.filter(action=action)


def rule(row, rule_id):
    return next(each for each in row.rules if each["id"] == rule_id)


def test_the_rules_of_the_program_are_in_force_until_something_is_published(edda):
    begin(edda)
    assert plan_advice.rule_set() is SEED


def test_a_draft_begins_with_the_rules_in_force(edda):
    row = begin(edda)
    assert (row.label, row.state, row.base, row.rules) == ("centre-1", "draft", None, seed_rules())
    assert events("rules.begun").get().subject_id == str(row.pk)


def test_there_is_one_open_draft(edda):
    row = begin(edda)
    with pytest.raises(ValidationError, match="open draft"):
        begin(edda)
    in_review(reworded_in(row, edda), edda)
    with pytest.raises(ValidationError, match="open draft"):
        begin(edda)


def reworded_in(row, by):
    return drafts.change_rule(row, "TRI-01", {"advice": "A trial?"}, by=by, expected_version=row.version)


def test_the_database_keeps_to_one_open_draft_too(edda):
    row = in_review(reworded(edda), edda)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSetVersion.objects.create(number=9, rules=row.rules, content_hash="x", author=edda, changed_by=edda)


def test_who_does_not_edit_the_reference_pages_begins_no_draft(admin):
    with pytest.raises(PermissionDenied):
        begin(admin)


def test_grade_and_wording_of_a_rule_of_the_program_can_be_changed(edda):
    row = begin(edda)
    values = {"severity": "caution", "advice": "Was a trial considered?"}
    row = drafts.change_rule(row, "TRI-01", values, by=edda, expected_version=row.version)
    assert rule(fresh(row), "TRI-01")["severity"] == "caution"
    assert fresh(row).content_hash == hash_of(row.rules) != hash_of(seed_rules())
    assert events("rules.changed").get().data == {"version": 2, "state": "draft", "rule": "TRI-01"}


def test_its_condition_cannot(edda):
    row = begin(edda)
    with pytest.raises(ValidationError, match="Add a rule of your own and switch this one off"):
        drafts.change_rule(row, "TRI-01", {"when": OWN["when"]}, by=edda, expected_version=row.version)
    assert fresh(row).version == 1


def test_a_rule_of_the_program_cannot_be_removed(edda):
    row = begin(edda)
    with pytest.raises(ValidationError, match="Switch it off"):
        drafts.remove_rule(row, "TRI-01", by=edda, expected_version=row.version)


def test_the_centre_adds_changes_and_removes_a_rule_of_its_own(edda):
    row = with_own(begin(edda), edda)
    assert rule(row, "OWN-01") == {**OWN, "blocks": False}
    when = {"derived": "advanced", "is": True}
    row = drafts.change_rule(row, "OWN-01", {"when": when}, by=edda, expected_version=row.version)
    assert rule(fresh(row), "OWN-01")["when"] == when
    row = drafts.remove_rule(row, "OWN-01", by=edda, expected_version=row.version)
    assert fresh(row).rules == seed_rules()
    assert events("rules.added").count() == events("rules.removed").count() == 1


def test_a_wrong_condition_is_refused_at_its_place(edda):
    row = begin(edda)
    with pytest.raises(ValidationError) as caught:
        with_own(row, edda, when={"all": [{"plan_nonempty": True}, {"fact": "extend", "in": ["x"]}]})
    (text,) = caught.value.message_dict["when"]
    assert text.startswith('all[1].fact: unknown coded fact "extend"; use one of primary_site')


def test_an_id_is_given_once(edda):
    with pytest.raises(ValidationError, match="There is a rule SEQ-01 already"):
        with_own(begin(edda), edda, id="SEQ-01")


def test_a_rule_cites_only_sources_that_are_there(edda):
    row = begin(edda)
    with pytest.raises(ValidationError, match="There is no source E1"):
        with_own(row, edda, seed=["E1"])
    add_source(by=edda, title="T", publisher="P", published_on="2024", accessed_on=date(2026, 1, 1))
    assert rule(with_own(row, edda, seed=["E1"]), "OWN-01")["seed"] == ["E1"]


def test_a_rule_is_switched_off_with_a_reason_and_on_again(edda):
    row = begin(edda)
    with pytest.raises(ValidationError, match="Say why"):
        without(row, edda, reason="  ")
    row = without(row, edda)
    assert rule(fresh(row), "DATA-01")["off"] == "The proforma asks for all of these."
    row = drafts.switch_on(row, "DATA-01", by=edda, expected_version=row.version)
    assert fresh(row).rules == seed_rules()
    assert events("rules.switched_off").count() == events("rules.switched_on").count() == 1


def test_the_second_of_two_editors_is_told(edda):
    row = begin(edda)
    reworded_in(row, edda)
    with pytest.raises(Conflict) as caught:
        drafts.change_rule(row, "RFA-02", {"advice": "Mine."}, by=edda, expected_version=1)
    assert caught.value.current == {"version": 2}
    assert rule(fresh(row), "RFA-02")["advice"] != "Mine."


def test_a_draft_in_review_is_not_written_on(edda):
    row = in_review(reworded(edda), edda)
    with pytest.raises(ValidationError, match="Take it back"):
        without(row, edda)
    row = drafts.recall_rule_set(row, by=edda, expected_version=row.version)
    assert without(row, edda).state == "draft"


def test_nothing_changed_is_nothing_to_review(edda):
    with pytest.raises(ValidationError, match="Nothing differs"):
        in_review(begin(edda), edda)


def test_review_needs_a_note(edda):
    row = reworded(edda)
    with pytest.raises(ValidationError, match="Say what you changed"):
        drafts.send_to_review(row, by=edda, expected_version=row.version, change_note=" ")


def test_a_discarded_draft_makes_room_for_another(edda):
    row = begin(edda)
    drafts.discard_rule_set(row, by=edda, expected_version=row.version)
    assert begin(edda).label == "centre-2"


def test_who_wrote_on_it_does_not_publish_it(edda):
    both = make_user("both@consilium.example", "Bo Both", is_content_editor=True, is_content_approver=True)
    row = in_review(without(reworded(edda), both), edda)
    with pytest.raises(PermissionDenied, match="another person"):
        reviewing.publish_rule_set(row, by=both, expected_version=row.version)


def test_an_approver_sends_it_back_with_a_comment(edda):
    row = in_review(reworded(edda), edda)
    with pytest.raises(ValidationError, match="Say what should change"):
        reviewing.send_back(row, by=approver(), expected_version=row.version, comment="")
    reviewing.send_back(row, by=approver(), expected_version=row.version, comment="Too blunt.")
    assert fresh(row).state == "draft"
    assert row.events.get(kind="sent_back").comment == "Too blunt."


def test_what_is_published_is_in_force(edda):
    row = publish(without(with_own(begin(edda), edda), edda), edda)
    rules = plan_advice.rule_set()
    assert (rules.version, row.state, row.published_by) == ("centre-1", "published", approver())
    assert [change.id for change in changes_between(SEED, rules)] == ["DATA-01", "OWN-01"]
    assert events("rules.published").get().actor == approver()


def test_the_next_one_supersedes_it_and_begins_from_it(edda):
    first = publish(with_own(begin(edda), edda), edda)
    second = begin(edda)
    assert (second.base, second.rules) == (first, first.rules)
    second = publish(reworded_in(second, edda), edda)
    assert (fresh(first).state, plan_advice.rule_set().version) == ("superseded", "centre-2")


def test_a_published_version_never_changes(edda):
    row = publish(reworded(edda), edda)
    with pytest.raises(ValidationError, match="not open for writing"):
        without(row, edda)
    with pytest.raises(ValidationError, match="in force: that is not possible"):
        drafts.discard_rule_set(row, by=edda, expected_version=row.version)


def test_the_rules_in_force_and_the_open_flags_cost_one_query(edda, django_assert_num_queries):
    publish(reworded(edda), edda)
    plan_advice.Rules.in_force()
    with django_assert_num_queries(1):
        plan_advice.Rules.in_force()


def test_a_published_set_reads_as_it_was_written(edda):
    row = publish(with_own(begin(edda), edda), edda)
    assert parsed(fresh(row)).rules == plan_advice.rule_set().rules
