"""How a run shows: progress without script, counts without clinical detail."""

import pytest
from django.urls import reverse

from careplans.models import RuleRun
from careplans.rules.runs import queue_trial
from tests.careplans import makers
from tests.careplans.rules.makers import approver, in_review, reworded, work_all

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"careplans:{name}", args=args)


@pytest.fixture
def plan(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana)


def test_an_editor_tries_a_draft_and_sees_counts_only(client, edda, plan):
    reworded(edda)
    client.force_login(edda)
    page = client.post(url("rule_trial"), follow=True).content.decode()
    assert "0 of 1 open plans looked at" in page
    assert 'hx-trigger="every 4s"' in page
    work_all()
    page = client.get(url("rule_run", RuleRun.objects.get().pk)).content.decode()
    assert "1 of 1 open plans looked at" in page
    assert "hx-trigger" not in page
    assert "Northgate" in page
    assert "SYN-1" not in page
    assert "Ashdown" not in page


def test_the_draft_shows_what_its_trial_found(client, edda, plan):
    row = reworded(edda)
    client.force_login(edda)
    assert "have not been tried" in client.get(url("rule_draft")).content.decode()
    queue_trial(row, by=edda)
    work_all()
    page = client.get(url("rule_draft")).content.decode()
    assert "Try them again" in page
    assert "<strong>TRI-01</strong> Says something else on V" in page


def test_an_approver_publishes_only_after_a_trial(client, edda, plan):
    row = in_review(reworded(edda), edda)
    client.force_login(approver())
    refused = client.post(url("rules_publish"), {"version": row.version})
    assert (refused.status_code, "Try exactly these rules" in refused.content.decode()) == (400, True)
    queue_trial(row, by=edda)
    work_all()
    assert client.post(url("rules_publish"), {"version": row.version}).status_code == 302
    assert "centre-1" in client.get(url("rules")).content.decode()


def test_a_trial_is_stopped_on_its_page(client, edda, plan):
    run = queue_trial(reworded(edda), by=edda)
    client.force_login(edda)
    page = client.post(url("rule_run_act", run.pk), {"verb": "stop"}, follow=True).content.decode()
    assert "Edda Editor stopped it" in page


def test_a_page_that_asks_for_itself_again_gets_only_what_moves(client, edda, plan):
    run = queue_trial(reworded(edda), by=edda)
    client.force_login(edda)
    part = client.get(url("rule_run", run.pk), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="run"')
    assert "<!doctype" not in part
