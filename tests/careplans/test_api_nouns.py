"""What was asked, answered, said and done, as rows of their own: signatures, events, changes of facts, breaks, reasons for
nothing ahead, rules; and what steps and plans tell of the chain of amendments that they stand in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import Event, NothingAhead, Plan, Signature, StepBreak
from careplans.readers.served.lineage import lineages, plans_of
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.api import Api, attrs
from tests.careplans.rules.makers import begin, publish, without
from tests.careplans.worlds import make_world
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOUNS = ("signatures", "events", "fact-changes", "step-breaks", "nothing-ahead")


@pytest.fixture
def case(board, ana, omar, chloe):
    return make_world(board, "in force", ana=ana, omar=omar, chloe=chloe)


@pytest.fixture
def plan(case):
    return case.plans.get()


@pytest.fixture
def everything(case, plan, ana):
    NothingAhead.objects.create(
        board=case.board, case=case, reason="At home.", look_again_on=makers.TODAY(), recorded_by=ana
    )
    return case


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def results(api, path, **params):
    answer = api.get(path, page_size=200, **params)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


# Every one of them


@pytest.mark.parametrize("noun", NOUNS)
def test_a_member_reads_rows_and_each_by_itself(noun, everything, omar):
    api = Api(omar)
    found = results(api, f"/{noun}/")
    assert found
    assert api.get(f"/{noun}/{found[0]['id']}/").json() == found[0]
    kind = {"signatures": "signature", "events": "event", "fact-changes": "factchange", "step-breaks": "stepbreak",
            "nothing-ahead": "nothingahead"}[noun]  # fmt: skip
    read = AuditEvent.objects.filter(actor=omar, subject_type=kind)
    assert read.get(action="list").data["ids"] == [row["id"] for row in found]
    assert read.get(action="read").subject_id == str(found[0]["id"])


@pytest.mark.parametrize("noun", NOUNS)
def test_of_another_board_there_is_none(noun, everything, omar, otto, admin):
    pk = results(Api(omar), f"/{noun}/")[0]["id"]
    assert results(Api(otto), f"/{noun}/") == []
    assert Api(otto).get(f"/{noun}/{pk}/").status_code == 404
    assert Api(admin).get(f"/{noun}/").status_code == 403
    assert Api(otto).get(f"/{noun}/", board=everything.board_id).status_code == 404


@pytest.mark.parametrize("noun", NOUNS)
def test_they_take_as_many_queries_for_one_row_as_for_all(noun, everything, omar):
    api = Api(omar)

    def asked(**params):
        with CaptureQueriesContext(connection) as captured:
            api.get(f"/{noun}/", **params)
        return len(captured)

    asked()
    assert asked(page_size=1) == asked(page_size=200) <= 7


# Signatures


def test_a_signature_says_of_which_plan_it_is_when_it_was_asked_and_answered(plan, omar):
    [row] = results(Api(omar), "/signatures/")
    signature = Signature.objects.get()
    assert (row["plan"], row["case"], row["plan_number"], row["lineage"]) == (plan.pk, plan.case_id, 1, plan.pk)
    assert (row["plan_status"], row["status"], row["discipline"]) == ("active", "approved", "medical_oncology")
    assert row["signer"] == {"id": omar.pk, "name": omar.name}
    assert signature.requested_at < signature.signed_at


def test_signatures_are_filtered(plan, ana, omar):
    api, [signature] = Api(omar), Signature.objects.all()
    asked = signature.signed_at
    for fits in (
        {"plan": plan.pk}, {"case": plan.case_id}, {"lineage": plan.pk}, {"status": ["pending", "approved"]},
        {"discipline": "medical_oncology"}, {"plan_status": "active"}, {"signer": omar.pk},
        {"answered_after": (asked - timedelta(seconds=1)).isoformat()}, {"answered_before": (asked + timedelta(1)).date()},
    ):  # fmt: skip
        assert ids(api.get("/signatures/", **fits)) == [signature.pk], fits
    for unfit in (
        {"plan": plan.pk + 1}, {"lineage": plan.pk + 1}, {"status": "pending"}, {"discipline": "surgery"}, {"signer": ana.pk},
        {"plan_status": "draft"}, {"answered_after": asked.isoformat()}, {"answered_before": asked.isoformat()},
        {"requested_after": asked.isoformat()},
    ):  # fmt: skip
        assert ids(api.get("/signatures/", **unfit)) == [], unfit


# Moments and days


def test_a_day_is_that_of_the_board_and_does_not_count_itself(plan, omar):
    """Midnight in Auckland is noon of the day before in UTC."""
    type(plan.board).objects.update(time_zone="Pacific/Auckland")
    Plan.objects.filter(pk=plan.pk).update(submitted_at="2026-03-04T12:00:00Z")
    api = Api(omar)

    def found(**params):
        return ids(api.get("/plans/", **params)) == [plan.pk]

    # The first moment of 5 March there, in summer time of thirteen hours, was an hour before.
    assert found(submitted_after="2026-03-04") and not found(submitted_after="2026-03-05")
    assert found(submitted_before="2026-03-06") and not found(submitted_before="2026-03-05")
    assert found(submitted_after="2026-03-04T11:59:59Z") and not found(submitted_after="2026-03-04T12:00:00Z")
    assert found(submitted_before="2026-03-05T01:00:01+13:00") and not found(submitted_before="2026-03-04T12:00:00Z")


def test_the_first_moment_of_the_next_day_is_after_a_day(plan, omar):
    type(plan.board).objects.update(time_zone="UTC")
    Plan.objects.filter(pk=plan.pk).update(submitted_at="2026-03-05T00:00:00Z")
    assert ids(Api(omar).get("/plans/", submitted_after="2026-03-04")) == [plan.pk]
    assert ids(Api(omar).get("/plans/", submitted_before="2026-03-05")) == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_the_ends_of_the_calendar_are_days_like_others(day, plan, omar):
    api = Api(omar)
    found = {side: ids(api.get("/plans/", **{f"released_{side}": day})) for side in ("after", "before")}
    assert found == {"after": [plan.pk] if day < "2" else [], "before": [] if day < "2" else [plan.pk]}


def test_a_moment_that_lies_outside_the_calendar_is_refused(plan, omar):
    answer = Api(omar).get("/plans/", released_after="0001-01-01T00:00:00+14:00")
    assert (answer.status_code, attrs(answer)) == (400, ["released_after"])


def test_plans_are_found_by_when_they_were_released(plan, omar):
    api, at = Api(omar), Plan.objects.get().released_at
    assert ids(
        api.get("/plans/", released_after=(at - timedelta(1)).isoformat(), released_before=timezone.now().isoformat())
    )
    assert ids(api.get("/plans/", released_before=(at - timedelta(1)).isoformat())) == []


# Lineage


def test_amended_plans_are_one_chain(plan, ana, omar):
    amended = amend_plan(plan, by=ana, reason="Progression", expected_version=Plan.objects.get(pk=plan.pk).version)
    api = Api(omar)
    assert {row["id"]: row["lineage"] for row in results(api, "/plans/")} == {plan.pk: plan.pk, amended.pk: plan.pk}
    steps = results(api, "/steps/", lineage=plan.pk)
    assert {row["plan"] for row in steps} == {plan.pk, amended.pk}
    assert {(row["plan"], row["plan_number"], row["plan_status"], row["lineage"]) for row in steps} == {
        (plan.pk, 1, "active", plan.pk), (amended.pk, 2, "draft", plan.pk),
    }  # fmt: skip
    assert results(api, "/steps/", lineage=amended.pk) == []
    assert {row["id"] for row in results(api, "/plans/", lineage=plan.pk)} == {plan.pk, amended.pk}
    carried = [row["carried_from"] for row in steps if row["plan"] == amended.pk]
    assert set(carried) <= {row["id"] for row in steps if row["plan"] == plan.pk}
    assert ids(api.get("/steps/", plan_status="draft")) == [row["id"] for row in steps if row["plan"] == amended.pk]


def test_the_chain_of_a_plan_on_which_nobody_is_has_nothing(plan, otto):
    assert results(Api(otto), "/plans/", lineage=plan.pk) == []


def test_chains_are_followed_to_their_beginning_whatever_the_order():
    amends = {5: 3, 3: 1, 1: None, 9: 7, 7: None, 2: None}
    first = {5: 1, 3: 1, 1: 1, 9: 7, 7: 7, 2: 2}
    assert lineages(amends) == first
    assert lineages(dict(reversed(amends.items()))) == first
    assert lineages({1: 2, 2: 1}).keys() == {1, 2}


def test_nothing_begins_a_chain_in_its_middle(plan, ana):
    amended = amend_plan(plan, by=ana, reason="Progression", expected_version=Plan.objects.get(pk=plan.pk).version)
    assert sorted(plans_of(plan.pk)) == [plan.pk, amended.pk]
    assert plans_of(amended.pk) == plans_of(10**9) == []


def test_a_plan_on_hold_moves_its_steps_which_say_so(plan, chloe, omar):
    api = Api(omar)
    before = {row["id"]: row["updated_at"] for row in results(api, "/steps/")}
    answer = Api(chloe).post(f"/plans/{plan.pk}/hold/", {"reason": "Infection"}, version=Plan.objects.get().version)
    assert answer.status_code == 200, answer.content
    now = results(api, "/steps/")
    assert {row["plan_status"] for row in now} == {"on_hold"}
    assert all(row["updated_at"] > before[row["id"]] for row in now)


# Events


def test_events_are_the_lines_of_the_timeline(plan, ana, omar):
    api = Api(omar)
    rows = results(api, "/events/", plan=plan.pk, kind="plan_moved")
    assert [(row["old"], row["new"]) for row in rows] == [("in_signoff", "active"), ("draft", "in_signoff")]
    assert rows[1]["by"] == {"id": ana.pk, "name": ana.name}
    assert rows[1]["data"]["content_version"] == plan.content_version
    assert len(results(api, "/events/")) == Event.objects.count()
    step = plan.steps.filter(status="in_progress").get()
    assert {row["kind"] for row in results(api, "/events/", step=step.pk)} >= {"step_moved"}
    assert results(api, "/events/", at_after=timezone.now().isoformat()) == []
    assert len(results(api, "/events/", by=ana.pk)) == Event.objects.filter(by=ana).count()


def test_an_analyst_is_told_what_happened_in_codes(plan, anselm):
    row = results(Api(anselm), "/events/", plan=plan.pk, kind="plan_moved")[0]
    assert {"data", "reason"}.isdisjoint(row)
    assert (row["kind"], row["old"], row["new"], row["by"]) == (
        "plan_moved",
        "in_signoff",
        "active",
        {"id": row["by"]["id"]},
    )


def test_a_kind_that_there_is_not_is_refused(plan, omar):
    answer = Api(omar).get("/events/", kind="nonsense")
    assert (answer.status_code, attrs(answer)) == (400, ["kind"])


# Facts


def test_each_change_of_a_fact_has_its_old_and_new_value(case, ana, omar):
    save_proforma(case, {"grade": "G2", "wishes": "At home."}, by=ana)
    save_proforma(case, {"grade": "G3"}, by=ana)
    rows = results(Api(omar), "/fact-changes/", case=case.pk, field="grade")
    assert [(row["old"], row["new"], row["by"]["id"]) for row in rows] == [
        ("G2", "G3", ana.pk),
        ("not_recorded", "G2", ana.pk),
    ]
    assert rows[0]["facts_version"] == rows[1]["facts_version"] + 1


def test_an_analyst_reads_the_values_of_codes_alone(case, ana, anselm):
    save_proforma(case, {"grade": "G2", "wishes": "At home."}, by=ana)
    rows = {row["field"]: row for row in results(Api(anselm), "/fact-changes/", case=case.pk)}
    assert rows["grade"]["new"] == "G2"
    assert {"old", "new"}.isdisjoint(rows["wishes"])


def test_a_fact_that_there_is_not_is_refused(case, omar):
    answer = Api(omar).get("/fact-changes/", field="gradus")
    assert (answer.status_code, attrs(answer)) == (400, ["field"])


# Breaks, and reasons


def test_a_break_says_of_which_step_and_plan_it_is(plan, omar):
    [row], held = results(Api(omar), "/step-breaks/", plan=plan.pk), StepBreak.objects.get()
    assert (row["step"], row["plan"], row["reason"]) == (held.step_id, plan.pk, "medical_reason")
    assert results(Api(omar), "/step-breaks/", held_after=held.held_from) == []


def test_reasons_that_stand_are_found(everything, omar):
    api = Api(omar)
    [row] = results(api, "/nothing-ahead/", standing="true")
    assert (row["reason"], row["recorded_by"]["name"], row["ended_at"]) == ("At home.", "Ana Coordinator", None)
    NothingAhead.objects.update(ended_at=timezone.now())
    assert results(api, "/nothing-ahead/", standing="true") == []
    assert len(results(api, "/nothing-ahead/", standing="false")) == 1


# Rules


def test_rules_are_those_in_force_and_those_of_sets_before(db, anselm):
    rows = results(Api(anselm), "/rules/")
    assert {(row["is_in_force"], row["in_force_from"], row["in_force_until"]) for row in rows} == {(True, None, None)}
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    first = next(row for row in rows if row["rule"] == "SUR-01")
    assert first["statements"] and first["severity"] and first["when"] and first["advice"]
    editor = make_user("edda@consilium.example", "Edda Editor", is_content_editor=True)
    own = publish(without(begin(editor), editor, "SUR-01", "Asked elsewhere."), editor)
    now = results(Api(anselm), "/rules/", in_force="true")
    assert {row["rule_set"] for row in now} == {own.label}
    after, before = results(Api(anselm), "/rules/", rule="SUR-01")
    assert (after["off"], before["off"]) == ("Asked elsewhere.", "")
    assert before["in_force_until"] == now[0]["in_force_from"] and not before["is_in_force"]
    assert len(results(Api(anselm), "/rules/", rule_set=before["rule_set"])) == len(rows)


def test_rules_come_in_pages_and_back(db, anselm):
    api = Api(anselm)
    whole = [row["rule"] for row in results(api, "/rules/")]
    pages, answer = [], api.get("/rules/", page_size=10)
    while True:
        pages.append(answer)
        if not answer.json()["next"]:
            break
        answer = api.client.get(answer.json()["next"])
    assert [row["rule"] for page in pages for row in page.json()["results"]] == whole
    assert api.client.get(pages[1].json()["previous"]).json()["results"] == pages[0].json()["results"]


def test_rules_take_no_order(db, anselm):
    answer = Api(anselm).get("/rules/", order="rule")
    assert (answer.status_code, attrs(answer)) == (400, ["order"])
