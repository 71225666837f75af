"""Whatever a body holds, the answer is a refusal with a sentence: never an error page."""

import pytest
from rest_framework.exceptions import ErrorDetail
from rest_framework.serializers import ChoiceField

from careplans.api.choices import with_choices
from careplans.api.urls import urlpatterns
from careplans.models import Event, FollowUp, Plan
from tests.careplans import makers
from tests.careplans.api import FORBIDDEN, Api, attrs, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def api(ana):
    return Api(ana)


def send(api, path, text, content_type="application/json", version=1):
    return api.client.generic("POST", f"/api/v1{path}", text, content_type, headers={"If-Match": f'"{version}"'})


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"null", b"1", b'"x"', b"[{}]", b'{"reason": NaN}', b"\xff\xfe", b"{'reason': 'x'}", b"[" * 100_000,
        b'{"a":' * 50_000, b'{"reason": 1' + b"0" * 5000 + b"}", b'{"reason": null}', b'{"reason": ["x"]}',
        b'{"reason": "\\ud800"}', b'{"\\ud800": "x"}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(case, api, text):
    events = Event.objects.count()
    answer = send(api, f"/cases/{case.pk}/close/", text)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert Event.objects.count() == events


def test_a_body_without_end_is_refused(case, api):
    assert send(api, f"/cases/{case.pk}/close/", b'{"note": "' + b"x" * 1_000_001 + b'"}').status_code == 413


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"]
)
def test_only_json_is_read(case, api, kind):
    assert send(api, f"/cases/{case.pk}/close/", b"reason=discharged", kind).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "markers", "due_on": "9999-12-31", "assignee": 0}, {"kind": "markers", "due_on": "0001-01-01"},
        {"kind": "markers", "due_on": "2026-02-30"}, {"kind": "markers", "due_on": "2026-03-01", "window_days": 10**12},
        {"kind": "markers", "due_on": "2026-03-01", "window_days": -1}, {"kind": None, "due_on": None},
        {"kind": "other", "due_on": "2026-03-01"}, {"kind": {}, "due_on": {}}, {"kind": "markers", "due_on": True},
        {"kind": "markers", "due_on": "2026-03-01", "title": "x" * 161},
        {"kind": "markers", "due_on": "2026-03-01", "title": "\x00"},
    ],
)  # fmt: skip
def test_a_follow_up_that_cannot_be_is_refused(case, ana, api, body):
    answer = api.post(f"/cases/{case.pk}/follow-ups/", {"assignee": ana.pk} | body)
    assert answer.status_code == 400
    assert not case.follow_ups.exists()


@pytest.mark.parametrize("person", [None, "", "x", 1.5, True, -1, 10**30, [], {}, [1]])
def test_a_person_is_named_by_the_id_of_a_colleague(case, api, person):
    answer = api.post(f"/cases/{case.pk}/follow-ups/", {"kind": "markers", "due_on": "2027-03-01", "assignee": person})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"goals": None}, {"goals": "cure"}, {"goals": [None]}, {"goals": [[]]}, {"goals": ["hope"]}, {"phase": None},
        {"phase": "sometime"}, {"modality_code": "MAGIC"}, {"target": "moon"}, {"target_mm": 2.5}, {"target_mm": 40000},
        {"owner": 987654}, {"after_step": 987654}, {"after_step": 10**30}, {"planned_start": "9999-12-31"},
        {"planned_start": "0001-01-01"}, {"not_before": "soon"}, {"description": "x" * 201}, {"rationale": None},
        {"planned_start": "2027-03-02", "planned_end": "2027-03-01"},
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_is_refused(case, ana, api, body):
    makers.make_modality("OSA")
    plan = makers.make_plan(case, by=ana)
    step = plan.steps.get()
    assert api.patch(f"/steps/{step.pk}/", body, version=step.version).status_code == 400
    new = {"phase": "adjuvant", "modality_code": "OSA"} | body
    assert api.post(f"/plans/{plan.pk}/steps/", new, version=plan.version).status_code == 400
    assert plan.steps.count() == 1


# Nothing that is sent is dropped in silence


def test_a_first_plan_takes_no_treatment_with_its_reason(case, api):
    body = {"aim": "Watch", "no_treatment": True, "no_treatment_reason": "Wishes none."}
    answer = api.post(f"/cases/{case.pk}/plans/", body)
    assert answer.status_code == 201
    plan = Plan.objects.get(pk=answer.json()["id"])
    assert (plan.aim, plan.no_treatment, plan.no_treatment_reason) == ("Watch", True, "Wishes none.")
    ready = api.post(f"/plans/{plan.pk}/submit/", version=plan.version)
    assert "Add at least one step" not in ready.content.decode()


def test_a_misspelt_field_is_refused_with_what_was_meant(case, api):
    answer = api.post(f"/cases/{case.pk}/plans/", {"aim": "Watch", "no_treatment_reasons": "Wishes none."})
    assert (answer.status_code, attrs(answer)) == (400, ["no_treatment_reasons"])
    assert "Did you mean `no_treatment_reason`?" in problem(answer)
    assert not Plan.objects.exists()


def test_what_nobody_may_write_is_refused_wherever_it_is_sent(case, api, ana):
    plan = makers.make_plan(case, by=ana)
    step, follow_up = plan.steps.get(), makers.make_follow_up(case, by=ana)
    before = (Plan.objects.values().get(), plan.steps.values().get(), FollowUp.objects.values().get())
    told = [
        api.patch(f"/plans/{plan.pk}/", {"aim": "x"} | FORBIDDEN, version=plan.version),
        api.patch(f"/steps/{step.pk}/", {"rationale": "x"} | FORBIDDEN, version=step.version),
        api.patch(f"/cases/{case.pk}/proforma/", {"ecog": "1"} | FORBIDDEN, version=1),
        api.post(f"/follow-ups/{follow_up.pk}/change/", {"reason": "x"} | FORBIDDEN, version=1),
        api.post(f"/plans/{plan.pk}/submit/", FORBIDDEN, version=plan.version),
    ]
    assert [(answer.status_code, attrs(answer)) for answer in told] == [(400, sorted(FORBIDDEN))] * len(told)
    assert (Plan.objects.values().get(), plan.steps.values().get(), FollowUp.objects.values().get()) == before


def test_a_field_deep_in_a_body_is_refused_at_its_place(case, api, ana):
    plan = makers.make_plan(case, by=ana)
    body = {"schedules": [{"schedule": 1, "start": "2027-03-01"}]}
    answer = api.post(f"/plans/{plan.pk}/schedules/", body, version=plan.version)
    assert (answer.status_code, attrs(answer)) == (400, ["schedules.0.start"])


@pytest.mark.parametrize("body", [[], ["x"], "x", 1])
def test_a_verb_that_takes_no_body_says_so(case, api, ana, body):
    plan = makers.make_plan(case, by=ana)
    answer = api.client.post(
        f"/api/v1/plans/{plan.pk}/submit/", body, format="json", headers={"If-Match": f'"{plan.version}"'}
    )
    assert answer.status_code == 400 and Plan.objects.get().status == "draft"


def test_thousands_of_names_are_refused_at_once(case, api):
    answer = api.post(f"/cases/{case.pk}/plans/", {f"no_treatment_{n}": n for n in range(20_000)})
    assert (answer.status_code, len(answer.json()["errors"])) == (400, 20)


# A choice that is none


def sentences(answer):
    return {error["attr"]: error["detail"] for error in answer.json()["errors"]}


def test_a_choice_that_is_none_names_those_that_there_are(case, api):
    told = sentences(api.patch(f"/cases/{case.pk}/proforma/", {"extent": "wide", "grade": "high"}, version=1))
    assert told["extent"].endswith("Use one of: localized, regional, metastatic, not_recorded.")
    assert "G1, G2, G3, NEC" in told["grade"]


def test_so_does_one_inside_a_list(case, api):
    told = sentences(api.patch(f"/cases/{case.pk}/proforma/", {"other_metastatic_sites": ["bone", "hair"]}, version=1))
    assert "Use one of: " in told["other_metastatic_sites.1"] and "peritoneum" in told["other_metastatic_sites.1"]


def test_and_one_with_a_sentence_of_its_own(case, api):
    told = sentences(api.post(f"/cases/{case.pk}/close/", {"reason": "gone"}, version=1))
    assert told["reason"].startswith("Choose one of the listed reasons for closing. Use one of: transferred, died, ")


def test_and_one_in_a_filter(api):
    told = sentences(api.get("/cases/", status="lost"))
    assert "Use one of: referred, accepted, " in told["status"]


def every_body():
    """The bodies that verbs of the API take."""
    return {
        handler.verb.body
        for pattern in urlpatterns
        for handler in vars(getattr(pattern.callback, "cls", object)).values()
        if getattr(handler, "verb", None) is not None and handler.verb.body is not None
    }


def test_no_choice_of_any_body_is_refused_without_saying_which_there_are(ana):
    """Read from the endpoints themselves, so that a new one is held to it too."""
    seen = set()
    for body in every_body():
        serializer = body(data={}, partial=True)
        for name, field in serializer.fields.items():
            if isinstance(field, ChoiceField) and not field.read_only:
                error = with_choices(serializer, {name: [ErrorDetail("No.", code="invalid_choice")]})[name][0]
                assert "Use one of: " in error, (body, name)
                seen.add(name)
    assert {"phase", "reason", "extent", "response"} <= seen
