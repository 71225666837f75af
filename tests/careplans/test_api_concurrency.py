"""Several programs write the same row at once: what was acknowledged is there afterwards, all of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from careplans.models import Case, Event
from tests.careplans import makers
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, EDITS = 4, 6


def write(api, pk, writer):
    """Add one word after the other to the question, each onto what was read. Returns the words that were acknowledged."""
    acknowledged = []
    try:
        for number in range(EDITS):
            word = f"w{writer}n{number}"
            for _ in range(50):
                seen = api.get(f"/cases/{pk}/").json()
                answer = api.patch(f"/cases/{pk}/", {"question": f"{seen['question']} {word}".strip()}, seen["version"])
                if answer.status_code == 200:
                    acknowledged.append(word)
                    break
                assert answer.status_code == 412
    finally:
        connection.close()
    return acknowledged


def test_no_acknowledged_word_is_lost(board, ana):
    case = makers.make_case(board, by=ana, question="")
    apis = [Api(ana) for _ in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        done = list(pool.map(lambda n: write(apis[n], case.pk, n), range(WRITERS)))
    case = Case.objects.get(pk=case.pk)
    assert sorted(case.question.split()) == sorted(word for words in done for word in words)
    assert len(case.question.split()) == WRITERS * EDITS
    assert Event.objects.filter(case=case, kind="case_changed").count() == case.version - 1 == WRITERS * EDITS


def test_two_signatures_at_once_both_count(board, ana, omar, ravi):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    plan = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    content = {"content_version": plan.content_version, "content_hash": plan.content_hash}

    def sign(api):
        try:
            return api.post(f"/plans/{plan.pk}/sign/", content, plan.version).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(sign, [Api(omar), Api(ravi)])) == [200, 200]
    assert plan.signatures.filter(status="approved").count() == 2
