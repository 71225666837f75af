"""An indicator's page names its cases: those in the figure, what each lacks, and those that are left out, by why."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Case
from careplans.reports.views import scorecard_rows
from tests.careplans.api import Api
from tests.careplans.reports.scorecard.asking import MARCH, asked, in_force, make_case, on
from tests.careplans.reports.scorecard.test_known import made_plans, plans  # noqa: F401

pytestmark = pytest.mark.django_db

LACK = {
    2: "proliferation liver_surgery",
    3: "size proliferation differentiation extent function surgery trial ecog kidneys",
}


def page(client, person, name, **params):
    client.force_login(person)
    return client.get(reverse("careplans:scorecard_indicator", args=[name]), params)


def lists(answer):
    return {one.part: [row["number"] for row in one.rows] for one in answer.context["lists"]}


def of_number(number):
    return Case.objects.get(patient__record_number=f"SYN-{number}").pk


def rows(person, measure, **params):
    answer = Api(person).get("/reports/facts-at-decision/rows/", measure=measure, **MARCH | params)
    assert answer.status_code == 200, answer.content
    return {row["case"]: row["cells"] for row in answer.json()["results"]}


def test_it_says_what_each_work_up_lacks(plans, client, chloe):  # noqa: F811
    answer = page(client, chloe, "work-up-complete", **MARCH)
    found = {row["number"]: row["lacks"] for one in answer.context["lists"] for row in one.rows}
    assert found[of_number(1)] == [] and found[of_number(4)] == []
    assert found[of_number(2)] == ["Ki-67 or mitoses", "whether surgery of the liver is possible"]
    assert len(found[of_number(3)]) == 9
    told = unescape(answer.content.decode())
    assert "Not recorded: Ki-67 or mitoses; whether surgery of the liver is possible" in told


def test_programs_are_told_the_same(plans, chloe):  # noqa: F811
    found = rows(chloe, "complete")
    assert {case: cells["work_up_lacks"] for case, cells in found.items()} == {
        of_number(1): None, of_number(2): LACK[2], of_number(3): LACK[3], of_number(4): None,
    }  # fmt: skip
    assert all(len((cells["work_up_lacks"] or "").split()) == cells["missing"] for cells in found.values())
    assert {case: cells["pathology_lacks"] for case, cells in found.items()} == {
        of_number(1): None, of_number(2): "proliferation", of_number(3): "edition differentiation proliferation day",
        of_number(4): None,
    }  # fmt: skip
    assert {cells["hormones_lack"] for cells in found.values()} == {None}


def test_who_is_left_out_is_named_by_why(plans, client, chloe):  # noqa: F811
    """Of the carcinoma nobody recorded whether it is functional; the paraganglioma is not."""
    assert lists(page(client, chloe, "hormonal-work-up", **MARCH)) == {
        "": [of_number(1), of_number(2)], "not_functional": [of_number(4)], "function_unknown": [of_number(3)],
    }  # fmt: skip


def test_the_scorecard_names_the_measure_by_which_programs_read_them(plans, chloe):  # noqa: F811
    one = next(row for row in asked(chloe, **MARCH)["results"] if row["name"] == "hormonal-work-up")
    found = {told["measure"]: list(rows(chloe, told["measure"])) for told in one["left_out"]}
    assert found == {"not_functional": [of_number(4)], "function_unknown": [of_number(3)]}


def test_each_list_goes_on_by_itself(pages, board, ana, chloe, client, monkeypatch):
    monkeypatch.setattr(scorecard_rows, "PAGE", 2)
    with on(3, 2):
        for number in range(1, 6):
            in_force(make_case(board, number, by=ana), by=ana, chair=chloe)
    with on(3, 20):
        first = page(client, chloe, "days-from-diagnosis", **MARCH)
        assert lists(first) == {"": [], "undated": [of_number(1), of_number(2)]}
        following = client.get(first.request["PATH_INFO"] + "?" + first.context["lists"][1].more)
        assert lists(following) == {"undated": [of_number(3), of_number(4)]}
        last = client.get(first.request["PATH_INFO"] + "?" + following.context["lists"][0].more)
        assert lists(last) == {"undated": [of_number(5)]} and not last.context["lists"][0].more


def test_that_they_were_read_is_on_the_audit_trail(plans, client, chloe):  # noqa: F811
    page(client, chloe, "hormonal-work-up", **MARCH)
    events = AuditEvent.objects.filter(action="reports.rows_read", subject_type="report")
    assert [one.data["measure"] for one in events.order_by("pk")] == ["hormones", "not_functional", "function_unknown"]


def test_beyond_the_board_few_are_not_named(plans, client, anselm):  # noqa: F811
    answer = page(client, anselm, "hormonal-work-up", **MARCH)
    assert answer.status_code == 200
    assert all(not one.rows and one.why_none for one in answer.context["lists"])


@pytest.mark.parametrize("params", [{"rows": "x"}, {"rows": "ungraded"}, {"rows": ["a", "b"]}])
def test_what_is_no_list_is_refused(board, client, chloe, params):
    answer = page(client, chloe, "work-up-complete", **params)
    assert answer.status_code == 400 and "There is a problem" in answer.content.decode()


def test_the_file_of_each_list_is_offered(plans, client, chloe):  # noqa: F811
    answer = page(client, chloe, "hormonal-work-up", **MARCH)
    for one in answer.context["lists"]:
        link = reverse("careplans:export_new") + f"?what=rows.facts-at-decision&{one.asked}"
        offered = client.get(link)
        assert offered.status_code == 200 and "There is a problem" not in offered.content.decode()
