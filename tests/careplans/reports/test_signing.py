"""Hours to sign, by discipline, worked out by hand.

Asked of surgery and endocrinology on 2 March at 10:00. Endocrinology signs at 13:30: 3 hours. On 3 March the plan is called back,
changed and sent anew at 10:00; endocrinology signs the day after at 11:00: 25 hours. Surgery never answers: one request became
void, one is awaited.
"""

import pytest

from careplans.models import Plan
from careplans.services.plans import recall_plan
from tests.careplans import makers
from tests.careplans.reports.worked_out import asked, on, rows_of, share, span

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(pages, board, ana, omar):
    makers.require_disciplines(board, "surgery", omar.memberships.get().discipline)
    with on(3, 2):
        plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
        makers.submit(plan, by=ana)
    with on(3, 2, 13):
        makers.sign(plan, by=omar)
    with on(3, 3):
        plan = Plan.objects.get(pk=plan.pk)
        recall_plan(plan, by=ana, expected_version=plan.version, reason="A word was missing")
        makers.submit(plan, by=ana)
    with on(3, 4, 11):
        makers.sign(plan, by=omar)
    return plan


def test_each_request_counts_by_itself(plan, omar, chloe):
    own = omar.memberships.get().discipline
    with on(3, 5):
        at = {row["discipline"]: row for row in asked(chloe, "signing", since="2026-03-01")["results"]}
    assert (at[own]["asked"], share(at[own]["answered"]), span(at[own]["hours"])) == (2, (2, 2), (2, 3, 14.0, 25))
    assert (at["surgery"]["asked"], at["surgery"]["awaited"], at["surgery"]["hours"]["count"]) == (2, 1, 0)


def test_as_of_the_evening_between(plan, omar, chloe):
    with on(3, 5):
        total = asked(chloe, "signing", since="2026-03-01", as_of="2026-03-03T20:00:00Z", known_by="now")["total"]
    assert (total["asked"], share(total["answered"]), span(total["hours"])) == (4, (1, 4), (1, 3, 3.0, 3))


def test_a_request_that_became_void_later_was_awaited_still(plan, chloe):
    """Surgery's first request became void on the 3rd at 10:00: as of the 2nd it was awaited, whatever is known since."""
    with on(3, 5):
        told = [
            asked(chloe, "signing", since="2026-03-01", as_of="2026-03-02", by="answer", **known)["results"]
            for known in ({}, {"known_by": "now"})
        ]
        after = asked(chloe, "signing", since="2026-03-01", as_of="2026-03-03", by="answer", known_by="now")["results"]
    assert told[0] == told[1]
    assert {row["answer"]: row["asked"] for row in told[1]} == {"approved": 1, "pending": 1}
    assert {row["answer"]: row["asked"] for row in after} == {"approved": 1, "pending": 2, "void": 1}


def test_it_leads_to_its_plans(plan, chloe):
    with on(3, 5):
        rows = rows_of(chloe, "signing", since="2026-03-01", measure="hours")
    assert [(row["plan"], row["cells"]["hours"]) for row in rows] == [(plan.pk, 3), (plan.pk, 25)]
