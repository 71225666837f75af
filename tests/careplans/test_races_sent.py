"""The same form, and the same call, twice at the same moment: one row, and both are answered alike."""

import pytest

from accounts.models import Sent
from careplans.models import FollowUp
from tests.accounts.test_sent_forms import token_of, typed
from tests.careplans import makers
from tests.careplans.api import ROOT, Api
from tests.careplans.doors import browser, url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def check(met, status):
    """Where the first is held before it has written its answer down, the second is told that it is done."""
    assert met.is_clean, met
    answers = [one.value for one in met.outcomes]
    found = sorted(answer.status_code for answer in answers)
    assert found == [status, status] or (found == [status, 409] and "before the other" not in met.how), met
    if found == [status, status]:
        assert answers[0].get("Location") == answers[1].get("Location")
        assert status == 302 or answers[0].json() == answers[1].json()


def test_a_double_click_makes_one_row(track, ana, case):
    add = url("followup_new", case.pk)
    clients = browser(ana), browser(ana)
    body = typed(ana, token_of(clients[0].get(add)))
    calls = [lambda client=client: client.post(add, body) for client in clients]
    for met in track.rounds(*calls, count=8):
        assert FollowUp.objects.count() == 1 == Sent.objects.count(), met
        check(met, 302)
        Sent.objects.all().delete()


def test_two_retries_of_a_call_at_once_make_one_row(track, ana, case):
    path, body = (
        f"{ROOT}/cases/{case.pk}/follow-ups/",
        {"kind": "cross_sectional", "due_on": "2030-05-17", "assignee": ana.pk},
    )
    apis = Api(ana), Api(ana)
    calls = [
        lambda api=api: api.client.post(path, body, format="json", headers={"Idempotency-Key": "k-1"}) for api in apis
    ]
    for met in track.rounds(*calls, count=8):
        assert FollowUp.objects.count() == 1 == Sent.objects.count(), met
        check(met, 201)
        Sent.objects.all().delete()
