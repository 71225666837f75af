"""Every filter of every list, and of the report: what cannot be read is refused at its name, never taken as no filter at all."""

from datetime import timedelta

import pytest
from django.urls import get_resolver

from careplans.api.filters import DayFilter, YesOrNoFilter
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem

pytestmark = pytest.mark.django_db


def lists():
    root = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", None) == "api")
    for pattern in root.url_patterns:
        view = getattr(pattern.callback, "cls", None)
        action = getattr(pattern.callback, "actions", {}).get("get")
        filtered = action == "list" or (action and getattr(view, "filterset_class", None))
        if filtered and "<" not in str(pattern.pattern):
            yield f"/{pattern.pattern}", view


LISTS = sorted({path for path, _ in lists()})
FILTERS = sorted(
    (path, name, type(one).__name__) for path, view in lists()
    for name, one in getattr(getattr(view, "filterset_class", None), "base_filters", {}).items()
)  # fmt: skip
NO_NUMBER = ["1.5", "x", "-1", "0", "9" * 5000]
NONSENSE = {
    "IdFilter": NO_NUMBER, "YesOrNoFilter": ["1", "yes", "maybe", "on", "null"],
    "DayFilter": ["01/03/2026", "2026-13-01", "soon"], "PeriodFilter": ["01/03/2026", "2026-13-01", "soon", "0203-05-17"],
    "ChangedSince": ["yesterday", "2026-13-01T00:00Z"], "FigureFilter": ["<1", "x", "1.000"],
    "MomentFilter": ["yesterday", "2026-13-01", "2026-03-01T08:00:00", "01/03/2026", "9" * 5000, "2026-03-01T99:00Z"],
    "LineageFilter": NO_NUMBER,
    "ChoiceFilter": ["nonsense"], "MultipleChoiceFilter": ["nonsense"],
}  # fmt: skip


@pytest.mark.parametrize(("path", "name", "kind"), FILTERS)
def test_an_empty_value_is_refused(path, name, kind, chloe):
    for empty in ("", " ", "\t"):
        answer = Api(chloe).get(path, **{name: empty})
        assert (answer.status_code, attrs(answer)) == (400, [name]), empty


@pytest.mark.parametrize(("path", "name", "kind"), [one for one in FILTERS if one[2] in NONSENSE])
def test_a_value_that_cannot_be_read_is_refused(path, name, kind, chloe):
    for value in NONSENSE[kind]:
        answer = Api(chloe).get(path, **{name: value})
        assert (answer.status_code, attrs(answer)) == (400, [name]), value


def test_every_kind_of_filter_is_tried():
    assert {name for path, name, _ in FILTERS if path == "/overrides/"} == {
        "since", "until", "board", "rule", "as_of", "known_by",
    }  # fmt: skip
    assert {kind for _, _, kind in FILTERS} - set(NONSENSE) == {"CharFilter"}


@pytest.mark.parametrize(("path", "name", "kind"), [one for one in FILTERS if one[2] != "MultipleChoiceFilter"])
def test_of_two_values_none_is_dropped_in_silence(path, name, kind, chloe):
    answer = Api(chloe).get(path, **{name: ["1", "2"]})
    assert (answer.status_code, attrs(answer)) == (400, [name])


@pytest.mark.parametrize("path", LISTS)
def test_a_form_that_there_is_not_is_refused_with_those_that_there_are(path, chloe):
    answer = Api(chloe).get(path, format="xlsx")
    assert answer.status_code == 406
    assert "There is: json" in problem(answer)
    assert Api(chloe).get(path, format="json").status_code == 200


def test_one_row_comes_as_json_alone(board, ana):
    case, api = makers.make_case(board, by=ana), Api(ana)
    answers = [
        api.get(f"/cases/{case.pk}/", format="csv"),
        api.client.get(f"/api/v1/cases/{case.pk}/", headers={"Accept": "text/csv"}),
    ]
    assert [answer.status_code for answer in answers] == [406, 406]
    assert all("JSON alone" in problem(answer) for answer in answers)


def test_whoever_may_not_come_in_is_told_that_first(client, db):
    assert client.get("/api/v1/cases/?format=csv").status_code == 401


def test_a_day_does_not_count_itself(board, ana):
    case, day = makers.make_case(board, by=ana), makers.TODAY() + timedelta(days=9)
    follow_up = makers.make_follow_up(case, by=ana, due_on=day)
    found = {
        (name, days): [row["id"] for row in Api(ana).get("/follow-ups/", **{name: day + timedelta(days=days)}).json()["results"]]
        for name in ("due_before", "due_after")
        for days in (-1, 0, 1)
    }  # fmt: skip
    assert {key for key, ids in found.items() if ids == [follow_up.pk]} == {("due_before", 1), ("due_after", -1)}


def test_every_filter_by_day_says_that_it_is_exclusive():
    days = [
        one for _, view in lists()
        for one in getattr(getattr(view, "filterset_class", None), "base_filters", {}).values() if isinstance(one, DayFilter)
    ]  # fmt: skip
    assert len(days) > 5
    assert all("itself does not count" in one.extra["help_text"] for one in days)


def test_every_true_or_false_is_one_that_asks():
    found = [
        one for _, view in lists()
        for one in getattr(getattr(view, "filterset_class", None), "base_filters", {}).values()
    ]  # fmt: skip
    assert [one for one in found if "Boolean" in type(one).__name__ and not isinstance(one, YesOrNoFilter)] == []


@pytest.mark.parametrize("params", [{"released_after": "soon"}, {"updated_since": "0001-01-01T00:00:00+14:00"}])
def test_every_error_has_a_code(params, chloe):
    answer = Api(chloe).get("/plans/", **params)
    assert [error["code"] for error in answer.json()["errors"]] == ["invalid"]
