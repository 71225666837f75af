"""Writing cases and their proforma over the API."""

import pytest

from accounts.models import AuditEvent
from careplans.api.access import VisibleRows
from careplans.models import Case, Event, FactChange
from careplans.services.cases import change_case
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.api import FORBIDDEN, Api, attrs, problem, version_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def api(ana):
    return Api(ana)


def opening(person, **fields):
    return {"title": "Ileal NET", "responsible": person.pk, "needs_triage": False} | fields


# Opening


def test_a_case_is_opened_with_an_empty_proforma(board, ana, api):
    patient = makers.make_patient(board, by=ana)
    answer = api.post(f"/patients/{patient.pk}/cases/", opening(ana, question="Which order?"))
    assert answer.status_code == 201
    case = Case.objects.get(pk=answer.json()["id"])
    assert (case.patient, case.status, case.proforma.version, case.created_by) == (patient, "accepted", 1, ana)
    assert version_in(answer) == 1
    assert AuditEvent.objects.filter(action="case_opened", actor=ana, subject_id=str(case.pk)).exists()


def test_a_case_may_begin_with_triage(board, ana, api):
    patient = makers.make_patient(board, by=ana)
    answer = api.post(f"/patients/{patient.pk}/cases/", opening(ana, needs_triage=True))
    assert answer.json()["status"] == "referred"


def test_an_observer_opens_no_case(board, ana, nina):
    patient = makers.make_patient(board, by=ana)
    answer = Api(nina).post(f"/patients/{patient.pk}/cases/", opening(ana))
    assert answer.status_code == 403
    assert (
        problem(answer) == "Your role on this board may not fill in the proforma. Ask a chair or coordinator or member."
    )
    assert not Case.objects.exists()


def test_an_outsider_opens_no_case(board, ana, otto):
    patient = makers.make_patient(board, by=ana)
    api = Api(otto)
    foreign, missing = (api.post(f"/patients/{pk}/cases/", opening(otto)) for pk in (patient.pk, 987654))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_somebody_of_another_board_is_nobody(board, ana, otto, api):
    patient = makers.make_patient(board, by=ana)
    foreign = api.post(f"/patients/{patient.pk}/cases/", opening(otto))
    missing = api.post(f"/patients/{patient.pk}/cases/", {"title": "x", "responsible": 987654, "needs_triage": False})
    assert foreign.status_code == missing.status_code == 400
    assert foreign.content == missing.content


def test_an_observer_cannot_be_responsible(board, ana, nina, api):
    patient = makers.make_patient(board, by=ana)
    answer = api.post(f"/patients/{patient.pk}/cases/", opening(nina))
    assert (answer.status_code, attrs(answer)) == (400, ["responsible"])


def test_more_than_the_listed_fields_changes_nothing(board, ana, omar, api):
    patient = makers.make_patient(board, by=ana)
    answer = api.post(f"/patients/{patient.pk}/cases/", FORBIDDEN | opening(ana))
    assert (answer.status_code, attrs(answer)) == (400, sorted(FORBIDDEN))
    assert not Case.objects.exists()


# Changing


def test_a_case_is_changed_at_the_version_that_was_seen(case, api):
    answer = api.patch(f"/cases/{case.pk}/", {"title": "Jejunal NET"}, version=1)
    assert (answer.status_code, version_in(answer), answer.json()["title"]) == (200, 2, "Jejunal NET")
    assert Event.objects.filter(case=case, kind="case_changed").exists()


def test_a_change_without_a_version_is_refused(case, api):
    answer = api.patch(f"/cases/{case.pk}/", {"title": "Jejunal NET"})
    assert answer.status_code == 428
    assert Case.objects.get(pk=case.pk).version == 1


@pytest.mark.parametrize("header", ["*", "1", "nonsense", ""])
def test_a_header_that_names_no_version_is_refused(case, api, header):
    answer = api.client.patch(f"/api/v1/cases/{case.pk}/", {"title": "x"}, headers={"If-Match": header})
    assert answer.status_code == 428


@pytest.mark.parametrize("header", ['W/"7"', '"7"', '"x"'])
def test_a_version_that_does_not_stand_is_refused(case, api, header):
    answer = api.client.patch(f"/api/v1/cases/{case.pk}/", {"title": "x"}, headers={"If-Match": header})
    assert answer.status_code == 412


def test_a_stale_change_gets_what_stands_now(case, api, omar):
    change_case(case, by=omar, expected_version=1, title="Jejunal NET")
    answer = api.patch(f"/cases/{case.pk}/", {"title": "Ileal NET, liver", "question": ""}, version=1)
    body = answer.json()
    assert (answer.status_code, version_in(answer)) == (412, 2)
    assert (body["version"], body["differs"], body["current"]["title"]) == (2, ["title"], "Jejunal NET")
    assert body["errors"][0]["code"] == "stale"
    assert Case.objects.get(pk=case.pk).title == "Jejunal NET"


def test_a_change_that_slips_in_at_the_last_moment_is_told_too(case, api, omar, monkeypatch):
    """The version in If-Match stands when it is looked at, and no more when the row is swapped."""
    seen = VisibleRows.seen

    def seen_then_changed(view, row):
        version = seen(view, row)
        change_case(Case.objects.get(pk=case.pk), by=omar, expected_version=1, title="Jejunal NET")
        return version

    monkeypatch.setattr(VisibleRows, "seen", seen_then_changed)
    answer = api.patch(f"/cases/{case.pk}/", {"title": "Ileal NET, liver"}, version=1)
    assert (answer.status_code, answer.json()["current"]["title"]) == (412, "Jejunal NET")


def test_an_observer_changes_no_case(case, nina):
    assert Api(nina).patch(f"/cases/{case.pk}/", {"title": "x"}, version=1).status_code == 403


def test_an_outsider_learns_no_version(case, otto):
    answer = Api(otto).patch(f"/cases/{case.pk}/", {"title": "x"}, version=7)
    assert answer.status_code == 404


def test_forbidden_fields_alone_change_nothing(case, api):
    before = Case.objects.filter(pk=case.pk).values().get()
    assert api.patch(f"/cases/{case.pk}/", FORBIDDEN, version=1).status_code == 400
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_forbidden_fields_beside_a_good_one_change_nothing(case, api):
    before = Case.objects.filter(pk=case.pk).values().get()
    answer = api.patch(f"/cases/{case.pk}/", FORBIDDEN | {"title": "Jejunal NET"}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, sorted(FORBIDDEN))
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_a_case_is_closed_with_a_reason_and_reopened(case, api):
    answer = api.post(f"/cases/{case.pk}/close/", {"reason": "discharged"}, version=1)
    assert (answer.status_code, answer.json()["close_reason"]) == (200, "discharged")
    answer = api.post(f"/cases/{case.pk}/reopen/", {"reason": "Came back"}, version=2)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


def test_a_case_with_an_open_follow_up_is_not_closed(case, ana, api):
    makers.make_follow_up(case, by=ana)
    answer = api.post(f"/cases/{case.pk}/close/", {"reason": "discharged"}, version=1)
    assert answer.status_code == 400
    assert "still open" in problem(answer)


def test_triage_is_for_coordinator_and_chair(case, api, omar):
    assert Api(omar).post(f"/cases/{case.pk}/move/", {"to": "listed"}, version=1).status_code == 403
    assert api.post(f"/cases/{case.pk}/move/", {"to": "listed"}, version=1).json()["status"] == "listed"


def test_a_move_that_is_none_is_refused_with_what_is_possible(case, api):
    answer = api.post(f"/cases/{case.pk}/move/", {"to": "discussed"}, version=1)
    assert (answer.status_code, "Possible: listed" in problem(answer)) == (400, True)


# Facts


def test_facts_are_saved_and_every_change_is_kept(case, api, ana):
    body = {"grade": "G2", "ki67_percent": "4.5", "largest_primary_mm": 25, "other_metastatic_sites": ["bone", "bone"]}
    answer = api.patch(f"/cases/{case.pk}/proforma/", body, version=1)
    assert (answer.status_code, version_in(answer)) == (200, 2)
    case.proforma.refresh_from_db()
    assert (case.proforma.ki67_percent, case.proforma.largest_primary_mm) == ("4.5", 25)
    assert case.proforma.other_metastatic_sites == ["bone"]
    assert FactChange.objects.filter(case=case, by=ana).count() == 4
    assert AuditEvent.objects.filter(action="facts_changed", actor=ana).exists()


def test_the_proforma_has_a_version_of_its_own(case, api):
    change = api.patch(f"/cases/{case.pk}/proforma/", {"grade": "G2"}, version=1)
    assert version_in(change) == 2
    assert version_in(api.get(f"/cases/{case.pk}/proforma/")) == 2
    assert version_in(api.get(f"/cases/{case.pk}/")) == 1


def test_facts_need_the_version_that_was_seen(case, api, omar):
    assert api.patch(f"/cases/{case.pk}/proforma/", {"grade": "G1"}).status_code == 428
    save_proforma(case, {"grade": "G2"}, by=omar)
    answer = api.patch(f"/cases/{case.pk}/proforma/", {"grade": "G1", "ecog": None}, version=1)
    assert (answer.status_code, answer.json()["differs"]) == (412, ["grade"])
    assert FactChange.objects.filter(case=case).count() == 1


def test_an_observer_saves_no_facts(case, nina):
    assert Api(nina).patch(f"/cases/{case.pk}/proforma/", {"grade": "G2"}, version=1).status_code == 403


@pytest.mark.parametrize("size", [2.5, "2.5", "2,5", "25 mm", 0, -1, 501, 10**30, True, [], "9" * 2000])
def test_a_size_is_in_whole_millimetres(case, api, size):
    answer = api.patch(f"/cases/{case.pk}/proforma/", {"largest_primary_mm": size}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["largest_primary_mm"])
    assert not FactChange.objects.exists()


def test_centimetres_are_refused_with_what_to_write_instead(case, api):
    answer = api.patch(f"/cases/{case.pk}/proforma/", {"largest_liver_lesion_mm": 2.5}, version=1)
    assert problem(answer) == "Use whole millimetres: 25, not 2.5 cm."


@pytest.mark.parametrize(
    "body",
    [
        {"grade": None}, {"grade": "G9"}, {"grade": ["G1"]}, {"ki67_percent": 101}, {"ki67_percent": "NaN"},
        {"ki67_percent": 1e308}, {"ecog": 5}, {"ecog": 1.5}, {"specimen": "a\x00b"}, {"specimen": None}, {"specimen": "x" * 161},
        {"specimen": {"a": 1}}, {"pathology_on": "31/12/2025"}, {"pathology_on": 5},
        {"other_metastatic_sites": None}, {"other_metastatic_sites": "bone"}, {"other_metastatic_sites": [None]},
        {"other_metastatic_sites": [{"a": []}]}, {"other_metastatic_sites": ["moon"]}, {}, {"unheard_of": 1},
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_is_refused(case, api, body):
    assert api.patch(f"/cases/{case.pk}/proforma/", body, version=1).status_code == 400
    assert not FactChange.objects.exists()
