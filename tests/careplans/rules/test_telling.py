"""Whoever must act on a draft of the rules hears of it in the app, and so does whoever wrote on it."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Notice
from careplans.rules import drafts, reviewing
from tests.careplans.rules.makers import approver, fresh, in_review, publish, reworded
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def told(person):
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def test_approvers_are_asked_and_led_to_the_draft(edda):
    abel, row = approver(), in_review(reworded(edda), edda)
    assert told(abel) == [f"Edda Editor asks you to review the draft {row.label} of the rules."]
    assert Notice.objects.get(user=abel).path == reverse("careplans:rule_draft")


def test_what_came_back_is_told_to_its_writers_and_no_longer_asked(edda):
    second = make_user("ada@consilium.example", "Ada", is_content_approver=True)
    row = in_review(reworded(edda), edda)
    reviewing.send_back(row, by=approver(), expected_version=row.version, comment="Say why.")
    assert told(edda) == [f"Abel Approver sent back the draft {row.label} of the rules: Say why."]
    assert told(second) == []


def test_a_set_put_into_force_is_told_to_its_writers(edda):
    row = publish(reworded(edda), edda)
    assert told(edda)[-1].startswith(f"Abel Approver put into force the draft {row.label} of the rules")
    assert Notice.objects.filter(user=edda).latest("pk").path == reverse("careplans:rule_version", args=[row.number])


def test_taking_it_back_withdraws_the_question(edda):
    abel, row = approver(), in_review(reworded(edda), edda)
    drafts.recall_rule_set(row, by=edda, expected_version=row.version)
    assert told(abel) == []
    row = fresh(row)
    drafts.send_to_review(row, by=edda, expected_version=row.version, change_note="Again.")
    assert len(told(abel)) == 1


def test_a_source_that_is_missing_when_it_is_put_into_force_names_its_rule(edda):
    rule = {
        "id": "OWN-09", "scope": "plan", "severity": "info", "basis": "direct", "seed": ["E99"], "advice": "Ask.",
        "when": {"plan_nonempty": True}, "blocks": False,
    }  # fmt: skip
    with pytest.raises(ValidationError, match="Rule OWN-09: There is no source E99"):
        drafts.check_named(rule)
