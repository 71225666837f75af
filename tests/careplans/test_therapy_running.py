"""A previous therapy is still running, has ended, or nobody knows: three answers, and none of them is another."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import PriorTreatment
from careplans.services.cases import add_prior_treatment, change_prior_treatment
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
TYPED = {"modality_code": "OSA", "response": "stable"}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def page_of(case, by, name="case"):
    return browser(by).get(url(name, case.pk)).content.decode()


@pytest.mark.parametrize(
    ("ended", "day", "shown"),
    [
        ("running", "", '<td data-label="To">Still running</td>'),
        ("ended", "2/2020", '<td data-label="To"><time datetime="2020-02">Feb 2020</time></td>'),
        ("ended", "", '<td data-label="To">Ended, the day is not known</td>'),
        ("not_known", "", "Not recorded"),
    ],
)
def test_whether_it_has_ended_is_said_and_listed(case, ana, ended, day, shown):
    browser(ana).post(url("prior_treatment_new", case.pk), TYPED | {"ended": ended, "ended_on": day})
    assert PriorTreatment.objects.get().ended == ended
    for name in ("case", "proforma"):
        listed = page_of(case, ana, name).split('id="part-therapies"')[1]
        assert shown in " ".join(listed.split()).replace("> <", "><")


def test_it_is_asked_and_nothing_is_chosen_beforehand(case, ana):
    shown = page_of(case, ana, "prior_treatment_new")
    assert "Has it ended?" in shown and "checked" not in shown
    answer = browser(ana).post(url("prior_treatment_new", case.pk), TYPED)
    assert answer.status_code == 400 and "Say whether it is still running" in answer.content.decode()


@pytest.mark.parametrize("ended", ["running", "not_known"])
def test_what_has_a_day_of_its_end_has_ended(case, ana, ended):
    with pytest.raises(ValidationError, match="empty the day"):
        add_prior_treatment(case, by=ana, **TYPED, ended=ended, ended_on=PartialDate(2020))


def test_one_that_ran_ends_and_the_timeline_tells_it(case, ana):
    row = add_prior_treatment(case, by=ana, **TYPED, ended="running")
    assert "Whether it has ended: Still running<" in page_of(case, ana, "timeline")
    change_prior_treatment(row, by=ana, expected_version=1, ended_on=PartialDate(2020, 2))
    assert (row.ended, row.until) == ("ended", "Feb 2020")
    assert "Whether it has ended: Still running → Ended<" in page_of(case, ana, "timeline")


def test_it_is_said_and_served_over_the_api(case, ana):
    api, place = Api(ana), f"/cases/{case.pk}/prior-treatments/"
    assert "ended" in attrs(api.post(place, TYPED))
    row = api.post(place, TYPED | {"ended": "running"}).json()
    assert (row["ended"], row["ended_on"]) == ("running", None)
    assert api.get(f"/cases/{case.pk}/").json()["prior_treatments"][0]["ended"] == "running"


def test_a_day_that_a_program_wrote_which_knows_no_answer_says_that_it_has_ended(case, ana):
    case.prior_treatments.create(**TYPED, ended_on=PartialDate(2020), created_by=ana)
    assert Api(ana).get(f"/cases/{case.pk}/").json()["prior_treatments"][0]["ended"] == "ended"
    row = PriorTreatment.objects.get()
    change_prior_treatment(row, by=ana, expected_version=1, toxicity="none")
    assert row.ended == "ended"
