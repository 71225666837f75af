"""The rules on their pages: read by everybody, written by editors, put into force by somebody else."""

import json

import pytest
from django.urls import reverse

from careplans.models import RuleSetVersion
from careplans.rules.drafts import change_rule
from tests.careplans.rules.makers import approver, begin, fresh, in_review, publish, reworded, with_own, without

pytestmark = pytest.mark.django_db

OWN_TYPED = {
    "id": "OWN-01", "scope": "step", "severity": "info", "basis": "direct", "seed": "s20", "advice": "Ask the ward.",
    "when": '{"all": [{"step": {"modality": ["RFA"]}}, {"step_num": {"field": "target_mm", "ge": 30}}]}',
}  # fmt: skip


def url(name, *args):
    return reverse(f"careplans:{name}", args=args)


def text(response):
    return response.content.decode()


def rule(row, rule_id):
    return next((each for each in fresh(row).rules if each["id"] == rule_id), None)


@pytest.fixture
def editor(client, edda):
    client.force_login(edda)
    return client


def test_everybody_reads_the_rules_in_plain_words(client, nina):
    client.force_login(nina)
    assert "RFA target is larger than 5 cm" in text(client.get(url("rules"), {"words": "RFA-02"}))
    page = text(client.get(url("rule", "RFA-02")))
    assert "the diameter of the step&#x27;s target is above 50 mm" in page
    assert '/reference/statements/#S20"' in page
    assert "Change the rules" not in page


def test_a_rule_that_is_off_is_shown_with_its_reason(client, edda, nina):
    publish(without(begin(edda), edda), edda)
    client.force_login(nina)
    page = text(client.get(url("rules")))
    assert "Switched off" in page
    assert "The proforma asks for all of these." in page


def test_two_versions_are_compared(client, edda, nina):
    publish(with_own(reworded(edda), edda), edda)
    client.force_login(nina)
    page = text(client.get(url("rules_compare"), {"old": 0, "new": 1}))
    assert '<span class="nhsuk-u-visually-hidden">Added: </span>Has' in page
    assert "OWN-01" in page
    assert "centre-1" in text(client.get(url("rule_versions")))


def test_a_version_that_was_never_in_force_is_not_shown(client, edda, nina):
    reworded(edda)
    client.force_login(nina)
    assert client.get(url("rule_version", 1)).status_code == 404
    assert client.get(url("rules_compare"), {"old": "x"}).status_code == 404


def test_an_editor_starts_a_draft_and_rewords_a_rule(editor):
    assert "35 rules." in text(editor.post(url("rule_draft_act"), {"verb": "begin"}, follow=True))
    assert url("rule_edit", "TRI-01") in text(editor.get(url("rule_draft"), {"words": "tri-01"}))
    typed = {"version": 1, "severity": "caution", "advice": "A trial?"}
    assert editor.post(url("rule_edit", "TRI-01"), typed).status_code == 302
    row = RuleSetVersion.objects.get()
    assert (rule(row, "TRI-01")["severity"], rule(row, "TRI-01")["advice"]) == ("caution", "A trial?")


def test_what_was_typed_stays_when_a_colleague_was_faster(editor, edda):
    row = begin(edda)
    change_rule(row, "TRI-01", {"advice": "Theirs."}, by=edda, expected_version=1)
    response = editor.post(url("rule_edit", "TRI-01"), {"version": 1, "severity": "info", "advice": "Mine."})
    assert response.status_code == 400
    assert "Somebody changed this draft" in text(response)
    assert "Theirs." in text(response)
    assert (response.context["form"]["advice"].value(), response.context["form"]["version"].value()) == ("Mine.", 2)
    assert rule(row, "TRI-01")["advice"] == "Theirs."


def test_checking_shows_a_condition_in_words_and_saves_nothing(editor, edda):
    row = begin(edda)
    page = text(editor.post(url("rule_new"), OWN_TYPED | {"version": 1, "check": "1"}))
    assert "is at least 30 mm" in page
    assert rule(row, "OWN-01") is None


def test_a_rule_of_the_centre_is_added(editor, edda):
    row = begin(edda)
    assert editor.post(url("rule_new"), OWN_TYPED | {"version": 1}).status_code == 302
    assert rule(row, "OWN-01")["seed"] == ["S20"]
    assert rule(row, "OWN-01")["when"] == json.loads(OWN_TYPED["when"])


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ('{"all": [', "line 1 column 10: not JSON"),
        (
            '{"all": [{"plan_nonempty": true}, {"fact": "extend", "in": ["x"]}]}',
            "all[1].fact: unknown coded fact",
        ),
        ('{"step_num": {"field": "target_mm", "over": 3}}', "step_num.over: unknown key"),
        ('{"fact": "extent", "in": ["wide"]}', "in[0]: unknown value of extent"),
        ('{"plan_nonempty": true, "plan_nonempty": true}', "plan_nonempty: stands twice in this object"),
    ],
)
def test_a_wrong_condition_is_refused_at_its_place_and_kept(editor, edda, when, said):
    row = begin(edda)
    response = editor.post(url("rule_new"), OWN_TYPED | {"version": 1, "when": when})
    assert response.status_code == 400
    assert any(said in error for error in response.context["form"].errors["when"])
    assert response.context["form"]["when"].value() == when
    assert fresh(row).version == 1


def test_a_rule_of_the_program_offers_no_condition_to_change(editor, edda):
    begin(edda)
    page = text(editor.get(url("rule_edit", "TRI-01")))
    assert "add a rule of your own" in page
    assert 'name="when"' not in page
    assert "Remove TRI-01" not in page


def test_a_rule_is_switched_off_with_a_reason(editor, edda):
    row = begin(edda)
    refused = editor.post(url("rule_act", "TRI-01"), {"verb": "off", "version": 1, "reason": ""})
    assert (refused.status_code, rule(row, "TRI-01").get("off")) == (400, None)
    editor.post(url("rule_act", "TRI-01"), {"verb": "off", "version": 1, "reason": "Asked at intake."})
    assert rule(row, "TRI-01")["off"] == "Asked at intake."
    editor.post(url("rule_act", "TRI-01"), {"verb": "on", "version": 2})
    assert "off" not in rule(row, "TRI-01")


def test_a_rule_of_the_centre_is_removed(editor, edda):
    row = with_own(begin(edda), edda)
    assert editor.post(url("rule_act", "OWN-01"), {"verb": "remove", "version": row.version}).status_code == 302
    assert rule(row, "OWN-01") is None


def test_sending_asks_for_a_note(editor, edda):
    row = reworded(edda)
    refused = editor.post(url("rule_draft_act"), {"verb": "send", "version": row.version, "change_note": ""})
    assert (refused.status_code, fresh(row).state) == (400, "draft")
    editor.post(url("rule_draft_act"), {"verb": "send", "version": row.version, "change_note": "Plainer."})
    assert fresh(row).state == "in_review"


def test_an_approver_sends_back_with_a_comment(client, edda):
    row = in_review(reworded(edda), edda)
    client.force_login(approver())
    client.post(url("rules_send_back"), {"version": row.version, "comment": "Too blunt."})
    assert fresh(row).state == "draft"
    assert "Too blunt." in text(client.get(url("rule_draft")))


def test_the_pages_cost_the_same_for_two_versions_and_twelve(client, edda, nina, django_assert_max_num_queries):
    client.force_login(nina)
    counts = []
    for more in (2, 10):
        for number in range(more):
            row = begin(edda)
            row = change_rule(row, "TRI-01", {"advice": f"{more} {number}"}, by=edda, expected_version=row.version)
            publish(row, edda)
        for name in ("rules", "rule_versions"):
            client.get(url(name))
            with django_assert_max_num_queries(10) as queries:
                client.get(url(name))
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
