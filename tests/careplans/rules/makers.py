"""Versions of the rules for the tests, made through the services."""

from accounts.models import User
from careplans.models import RuleSetVersion
from careplans.rules.drafts import add_rule, begin_rule_set, change_rule, send_to_review, switch_off
from careplans.rules.reviewing import publish_rule_set
from careplans.rules.runner import work_rule_runs
from careplans.rules.runs import queue_trial
from tests.factories import make_user

OWN = {
    "id": "OWN-01", "scope": "plan", "severity": "info", "seed": ["S05"], "basis": "direct",
    "when": {"plan_nonempty": True}, "advice": "Our centre asks for the case number of the registry.",
}  # fmt: skip


def approver():
    found = User.objects.filter(email="abel@consilium.example").first()
    return found or make_user("abel@consilium.example", "Abel Approver", is_content_approver=True)


def begin(by):
    return begin_rule_set(by=by)


def reworded(by, rule_id="TRI-01", advice="Has a clinical trial been thought of?"):
    row = begin(by)
    return change_rule(row, rule_id, {"advice": advice}, by=by, expected_version=row.version)


def with_own(row, by, **changes):
    return add_rule(row, {**OWN, **changes}, by=by, expected_version=row.version)


def without(row, by, rule_id="DATA-01", reason="The proforma asks for all of these."):
    return switch_off(row, rule_id, by=by, expected_version=row.version, reason=reason)


def in_review(row, by):
    return send_to_review(row, by=by, expected_version=row.version, change_note="Plainer words.")


def publish(row, by):
    """Tried on all open plans, and published by somebody who did not write on it."""
    row = in_review(row, by)
    queue_trial(row, by=by)
    work_all()
    return publish_rule_set(row, by=approver(), expected_version=row.version)


def work_all():
    while work_rule_runs():
        pass


def fresh(row):
    return RuleSetVersion.objects.get(pk=row.pk)
