"""The pages of the reports: the same figures as over the API, a form that says what is wrong, and rows that lead to cases."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.reports.contents import ALL, BY_NAME
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.fhir.fhir import Fhir

pytestmark = pytest.mark.django_db


def page(person, name, *args, **params):
    return browser(person).get(reverse(f"careplans:{name}", args=args), params)


@pytest.fixture
def case(pages, board, ana, omar):
    case = makers.make_case(board, by=ana)
    makers.make_follow_up(case, by=ana, due_on=date(2026, 3, 9), assignee=omar)
    return case


@pytest.mark.parametrize("one", ALL, ids=[one.name for one in ALL])
def test_each_report_has_a_page_with_its_definition(board, chloe, one):
    html = unescape(page(chloe, "report", one.name).content.decode())
    assert one.question in html
    assert all(measure.label in html for measure in one.measures)


@pytest.mark.parametrize("name", ["overdue", "cases-on-the-way", "releases", "signing"])
def test_what_is_advised_where_nothing_is_counted_can_be_done(board, chloe, name):
    """A longer period where there is one, and else another day."""
    html = unescape(page(chloe, "report", name, as_of="2020-01-01", known_by="now").content.decode())
    assert "Nothing to count" in html
    assert ("longer period" in html) == bool(BY_NAME[name].period) == ('name="since"' in html)


def test_a_figure_leads_to_its_rows_and_they_to_the_case(case, chloe):
    html = page(chloe, "report", "overdue").content.decode()
    assert "Omar Oncologist" in html
    link = re.search(r'href="(/reports/overdue/rows/[^"]*measure=escalated[^"]*)"', html)[1].replace("&amp;", "&")
    rows = browser(chloe).get(link).content.decode()
    assert reverse("careplans:case", args=[case.pk]) in rows


def test_an_analyst_reads_no_names(case, anselm, chloe, omar):
    html = page(anselm, "report", "overdue").content.decode()
    assert "Omar" not in html.split("<main")[1] and "not shown" in html
    assert "from outside of the board" in html and "Nothing to count" not in html
    # Where there is truly nothing, the board is told that.
    none = page(chloe, "report", "overdue", by="owner", as_of="2020-01-01").content.decode()
    assert "Nothing to count" in none and "from outside of the board" not in none
    # One case is too few for somebody from outside of the board: neither the figure nor its rows.
    assert page(anselm, "report_rows", "overdue", measure="overdue").status_code == 403


def test_the_file_holds_what_the_page_shows(case, chloe, omar):
    text = page(chloe, "report_csv", "overdue", by="owner").content.decode("utf-8-sig")
    head, row, total = csv.reader(io.StringIO(text))
    assert head[:5] == ["total", "owner", "overdue", "cases", "escalated"]
    assert (row[:5], total[:5]) == (["false", str(omar.pk), "1", "1", "1"], ["true", "", "1", "1", "1"])


def test_a_day_that_has_not_come_is_told_at_its_field(board, chloe):
    response = page(chloe, "report", "overdue", as_of="2199-01-01")
    assert response.status_code == 400
    assert "That has not come yet" in response.content.decode()


@pytest.fixture
def phases(pages, board, ana, chloe):
    """A plan in force with a step of symptom control and two of tumour control."""
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=3)
    return board


LATER = (date.today() + timedelta(days=300)).isoformat()


def test_the_page_heeds_what_its_address_asks_as_the_file_does(phases, chloe):
    asked = {"phase": "tumour_control", "by": "phase", "until": LATER}
    told = page(chloe, "report", "concordance", **asked)
    file = page(chloe, "report_csv", "concordance", **asked).content.decode("utf-8-sig")
    _, *lines = csv.reader(io.StringIO(file))
    assert [line[:3] for line in lines] == [["false", "tumour_control", "2"], ["true", "", "2"]]
    assert told.context["total"].figures[0].text == "2"
    assert [line.at[0].text for line in told.context["lines"]] == ["Tumour control"]
    html = unescape(told.content.decode())
    assert f'Phase: <strong>Tumour control</strong> <a class="c-no-print" href="?by=phase&until={LATER}">' in html
    assert 'type="hidden" name="phase" value="tumour_control"' in html
    assert "phase=tumour_control" in re.search(r'href="[^"]*csv/\?([^"]*)"', html)[1]


def test_the_page_asks_in_the_reports_own_way_where_its_address_does_not_say_by_what(phases, chloe):
    assert page(chloe, "report", "concordance", board=phases.pk).context["asked"].by == ("modality",)
    assert page(chloe, "report", "concordance", by="").context["asked"].by == ()
    assert page(chloe, "report", "concordance", by=["", "phase", "owner"]).context["asked"].by == ("phase", "owner")
    assert page(chloe, "report", "concordance", by="phase,owner").context["asked"].by == ("phase", "owner")


WRONG = [
    ({"colour": "red"}, "colour: There is no parameter of this name."), ({"phase": "blue"}, "phase: There are: "),
    ({"phase": ["adjuvant", "debulking"]}, "phase: Give one value"),
    ({"board": "9" * 40}, "board: Name a board by its number."), ({"as_of": "x"}, "Enter a valid date"),
    ({"known_by": "x"}, "Write a day as"), ({"since": "0001-01-01"}, "cannot be meant"),
    ({"by": "colour"}, "Select a valid choice"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "words"), WRONG)
def test_what_a_report_is_not_asked_is_told_by_page_and_file(phases, chloe, params, words):
    for name in ("report", "report_csv"):
        response = page(chloe, name, "concordance", **params)
        assert (response.status_code, words in unescape(response.content.decode())) == (400, True), name


@pytest.mark.parametrize("name", ["report_pack", "scorecard", "overrides", "overrides_csv"])
def test_other_pages_of_reports_tell_it_too(phases, chloe, name):
    response = page(chloe, name, colour="red")
    assert (response.status_code, "There is no parameter of this name" in response.content.decode()) == (400, True)


@pytest.mark.parametrize(("name", "args"), [("report", ["waiting"]), ("report_pack", []), ("scorecard", [])])
def test_the_period_in_force_stands_in_its_boxes(phases, chloe, name, args):
    html = page(chloe, name, *args, until="2026-03-01").content.decode()
    assert re.search(r'name="since"[^>]*value="2025-03-01"', html) and re.search(
        r'name="until"[^>]*value="2026-03-01"', html
    )


def test_the_way_back_from_rows_leads_to_the_report_as_it_was_asked(case, chloe):
    html = page(chloe, "report", "overdue").content.decode()
    link = re.search(r'href="(/reports/overdue/rows/[^"]*measure=escalated[^"]*)"', html)[1].replace("&amp;", "&")
    back = re.search(r'href="(/reports/overdue/\?as_of[^"]*)"', browser(chloe).get(link).content.decode())[1]
    response = browser(chloe).get(back.replace("&amp;", "&"))
    assert response.status_code == 200 and response.context["asked"].said == {
        "owner": str(case.follow_ups.get().assignee_id)
    }


@pytest.mark.parametrize("params", [{"measure": "none"}, {"colour": "red"}, {"as_of": "x"}, {"board": "9" * 40}])
def test_an_address_that_asks_for_what_there_is_not_is_refused(board, chloe, params):
    assert page(chloe, "report_rows", "overdue", **params).status_code == 400


def test_that_it_was_read_is_on_the_trail(case, chloe):
    page(chloe, "report", "overdue")
    page(chloe, "report_rows", "overdue", measure="overdue")
    actions = (
        AuditEvent.objects.filter(subject_type="report", actor=chloe).order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["reports.read", "reports.rows_read"]


@pytest.mark.parametrize("over", ["page", "api"])
def test_who_read_of_a_patient_behind_a_figure_is_found_by_the_patient(case, board, ana, chloe, admin, over):
    other = makers.make_case(board, by=ana, record_number="SYN-OTHER")
    if over == "page":
        page(chloe, "report_rows", "overdue", measure="overdue")
    else:
        Api(chloe).get("/reports/overdue/rows/", measure="overdue")
    event = AuditEvent.objects.get(action="reports.rows_read", subject_type="report")
    assert event.data["ids"] == {"case": [case.pk], "plan": [], "patient": [case.patient_id]}

    def readers(patient):
        found = Fhir(admin).found("AuditEvent", {"patient": str(patient), "subtype": "reports.rows_read"})
        return [one["agent"][0]["who"]["reference"] for one in found]

    assert readers(case.patient_id) == [f"Practitioner/{chloe.pk}"]
    assert readers(other.patient_id) == []


def test_figures_cost_as_many_queries_for_many_rows_as_for_few(
    case, board, ana, chloe, omar, django_assert_num_queries
):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            page(chloe, "report", "overdue")
        return len(asked)

    few = queries()
    for number in range(10):
        other = makers.make_case(board, by=ana, record_number=f"SYN-Q{number}")
        makers.make_follow_up(other, by=ana, due_on=date(2026, 3, 9), assignee=ana)
    assert queries() == few
