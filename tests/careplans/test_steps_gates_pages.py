"""Where a gate is seen: on both steps, in every list, over the API and in the calendar; and what can be done about it."""

from datetime import timedelta

import pytest

from careplans.models import FollowUp, Step
from careplans.readers.calendar_feed import dates_of
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import skip_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import FETCH, browser, queries_of, url
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
FAILED = "Its condition has failed: step 1a (Other systemic agent) was not done"
WAITS = "Waits for step 1a (Other systemic agent)"


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def steps(case, ana, omar, chloe):
    return makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)


@pytest.fixture
def failed(steps, omar):
    skip_step(steps[0], by=omar, expected_version=steps[0].version, reason="patient_choice")
    return Step.objects.get(pk=steps[1].pk)


def read(person, name, *args, **params):
    return browser(person).get(url(name, *args), params).content.decode()


def days(offset):
    return (makers.TODAY() + timedelta(days=offset)).isoformat()


def test_the_plan_its_print_and_the_step_itself_say_what_is_waited_for(steps, omar):
    plan = steps[0].plan_id
    for page in (read(omar, "plan", plan), read(omar, "plan_print", plan), read(omar, "step_deliver", steps[1].pk)):
        assert WAITS in page
        assert "Condition failed" not in page


def test_the_order_of_the_editor_names_course_and_gate_of_each_step(case, ana):
    plan = makers.make_plan(case, by=ana, steps=3)
    first, second, third = plan.steps.order_by("position")
    edit_step(first, makers.CYCLES, by=ana)
    first.refresh_from_db()
    edit_step(second, {"after_step": first, "after_event": "begun", "only_if": "eGFR above 40"}, by=ana)
    later = {"after_step": first, "not_before": makers.TODAY() + timedelta(days=9)}
    edit_step(third, later | {"after_event": "occurrence", "after_occurrence": 2}, by=ana)
    page = read(ana, "plan_edit", plan.pk)
    for words in (
        "4 cycles, every 8 weeks", "after step 1 has begun", "only if eGFR above 40", "after step 1 has been given twice",
        f"not before {later['not_before']:%-d %b %Y}",
    ):  # fmt: skip
        assert words in page
    edit_step(Step.objects.get(pk=third.pk), {"after_event": "ended", "after_occurrence": None}, by=ana)
    assert "<dd>after step 1 has ended; not before" in read(ana, "plan_edit", plan.pk)


def test_the_step_that_is_waited_for_says_so(steps, omar):
    assert "waits for this." in read(omar, "step_deliver", steps[0].pk)
    assert "waits for this." not in read(omar, "step_deliver", steps[2].pk)


def test_both_steps_say_that_the_condition_has_failed(failed, steps, omar):
    plan = read(omar, "plan", failed.plan_id)
    for page in (plan, read(omar, "plan_print", failed.plan_id)):
        assert FAILED in page
        assert "waited for this: its condition has failed." in page
    assert FAILED in read(omar, "step_deliver", failed.pk)
    assert "waited for this" in read(omar, "step_deliver", steps[0].pk)


def test_case_and_patient_show_it(failed, case, omar):
    assert FAILED in read(omar, "case", case.pk)
    assert FAILED in read(omar, "patient", case.patient_id)


def test_a_patient_without_a_failed_condition_shows_none(steps, case, omar):
    assert "Condition failed" not in read(omar, "patient", case.patient_id)


def test_the_owner_finds_it_in_their_work(failed, omar):
    assert FAILED in read(omar, "my_work")


def test_the_coordinator_finds_what_waits_and_what_has_failed(failed, steps, ana, omar):
    page = browser(ana).get(url("my_work"))
    sections = page.context["sections"]
    assert [item.row for item in sections["failed_gates"]["rows"]] == [failed]
    assert [item.row for item in sections["waiting_gates"]["rows"]] == [steps[2]]
    assert "Steps whose condition has failed" in page.content.decode()
    of_omar = browser(omar).get(url("my_work")).context["sections"]
    assert [item.row for item in of_omar["failed_gates"]["rows"]] == [failed]
    assert "waiting_gates" not in of_omar


def test_the_board_counts_and_lists_them(failed, board, omar):
    home = browser(omar).get(url("board_home", board.pk))
    assert (home.context["counts"]["failed_gates"], home.context["counts"]["waiting_gates"]) == ("1", "1")
    assert FAILED in read(omar, "board_home", board.pk, show="failed_gates")
    assert "whose own condition has failed" in read(omar, "board_home", board.pk, show="waiting_gates")


def test_a_step_that_waits_for_a_day_is_in_the_list_until_that_day(board, case, ana, chloe):
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, not_before=makers.TODAY() + timedelta(days=30))
    with rewriting():
        Step.objects.filter(pk=second.pk).update(after_step=None)
    assert browser(ana).get(url("board_home", board.pk)).context["counts"]["waiting_gates"] == "2"
    with rewriting():
        Step.objects.filter(pk=second.pk).update(not_before=makers.TODAY() - timedelta(days=1))
    assert browser(ana).get(url("board_home", board.pk)).context["counts"]["waiting_gates"] == "1"


def test_what_waits_is_not_called_overdue(steps, omar):
    Step.objects.filter(pk=steps[1].pk).update(due_on=makers.TODAY() - timedelta(days=90))
    rows = browser(omar).get(url("my_work")).context["sections"]["coming"]["rows"]
    assert {item.row.pk: item.state for item in rows}[steps[1].pk] == "waiting"


def test_lists_cost_the_same_for_one_plan_and_for_many(board, ana, omar, chloe):
    def another(number):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        first = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)[0]
        skip_step(first, by=omar, expected_version=first.version, reason="patient_choice")

    another(1)
    paths = [url("my_work"), f"{url('board_home', board.pk)}?show=failed_gates", f"{url('my_work')}?show=waiting_gates"]
    few = [queries_of(browser(ana), path) for path in paths]
    for number in range(2, 7):
        another(number)
    assert [queries_of(browser(ana), path) for path in paths] == few


def test_a_plan_costs_the_same_for_one_gate_and_for_many(case, ana, chloe):
    plan = makers.make_plan(case, by=ana, steps=6)
    steps = list(plan.steps.order_by("position"))
    edit_step(steps[1], {"after_step": steps[0]}, by=ana)
    paths = [url("plan", plan.pk), url("plan_edit", plan.pk), url("step_edit", steps[5].pk)]
    few = [queries_of(browser(ana), path) for path in paths]
    for before, after in zip(steps[1:], steps[2:], strict=False):
        edit_step(after, {"after_step": before}, by=ana)
    assert [queries_of(browser(ana), path) for path in paths] == few


def test_a_plan_in_force_costs_the_same_for_one_gate_and_for_many(board, ana, chloe):
    def chain(number, gates):
        plan = makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{number}"), by=ana, steps=6)
        steps = list(plan.steps.order_by("position"))
        for before, after in zip(steps[:gates], steps[1:], strict=False):
            edit_step(after, {"after_step": before}, by=ana)
        makers.submit(plan, by=ana)
        makers.release(plan, by=chloe)
        return [url("plan", plan.pk), url("case", plan.case_id), f"/api/v1/plans/{plan.pk}/"]

    one, many = chain(1, 1), chain(2, 5)
    assert [queries_of(browser(ana), path) for path in many] == [queries_of(browser(ana), path) for path in one]


def test_the_api_serves_the_gate_of_each_step(failed, steps, omar):
    api = Api(omar)
    assert api.get(f"/steps/{failed.pk}/").json()["gate"] == {"state": "failed", "reason": FAILED}
    found = {one["id"]: one["gate"]["state"] for one in api.get(f"/plans/{failed.plan_id}/").json()["steps"]}
    assert [found[step.pk] for step in steps] == ["open", "failed", "waiting"]


def test_the_version_over_the_api_moves_with_the_gate(steps, omar):
    api = Api(omar)
    before = api.get(f"/steps/{steps[1].pk}/")["ETag"]
    skip_step(steps[0], by=omar, expected_version=steps[0].version, reason="patient_choice")
    assert api.get(f"/steps/{steps[1].pk}/")["ETag"] != before


def test_the_calendar_says_it_without_free_text(failed, omar):
    with rewriting():
        Step.objects.filter(pk=failed.after_step_id).update(description="Quillfeather")
    [summary] = [one.summary for one in dates_of(omar) if one.uid == f"step-{failed.pk}"]
    assert summary.endswith(f"({FAILED})")


# Re-discussion


def test_the_plan_leads_to_the_proposal_and_the_page_prefills_its_words_only(failed, omar):
    assert f"{url('step_deliver', failed.pk)}?open=rediscuss#rediscuss" in read(omar, "plan", failed.plan_id)
    page = browser(omar).get(url("step_deliver", failed.pk), {"open": "rediscuss"})
    [move] = [move for move in page.context["moves"] if move["verb"] == "rediscuss"]
    assert move["open"]
    assert move["form"]["title"].value() == "Re-discuss: step 1a (Other systemic agent) was not done"
    assert not move["form"]["due_on"].value()


def test_a_gate_that_waits_proposes_nothing(steps, omar, nina):
    page = browser(omar).get(url("step_deliver", steps[1].pk))
    assert "rediscuss" not in [move["verb"] for move in page.context["moves"]]
    assert "open=rediscuss" not in read(omar, "plan", steps[1].plan_id)


def test_a_double_click_makes_one_follow_up(failed, omar):
    data = {
        "verb": "rediscuss", "version": failed.version, "title": "Re-discuss", "due_on": days(9), "assignee": omar.pk,
    }  # fmt: skip
    for _ in range(2):
        assert browser(omar).post(url("step_deliver", failed.pk), data).status_code == 302
    found = FollowUp.objects.get(kind="rediscussion")
    assert (found.title, found.due_on.isoformat(), found.plan_id) == ("Re-discuss", days(9), failed.plan_id)


def test_without_a_day_it_comes_back_with_a_sentence(failed, omar):
    data = {"verb": "rediscuss", "version": failed.version, "title": "Re-discuss", "assignee": omar.pk}
    answer = browser(omar).post(url("step_deliver", failed.pk), data)
    assert answer.status_code == 400
    assert not FollowUp.objects.filter(kind="rediscussion").exists()


def test_who_only_observes_is_offered_nothing(failed, nina):
    assert "open=rediscuss" not in read(nina, "plan", failed.plan_id)


# The editor


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=2)


def test_a_start_before_the_gate_is_remarked_in_the_editor_and_at_sign_off_and_stops_nothing(draft, ana, chloe):
    first, second = draft.steps.order_by("position")
    edit_step(second, {"after_step": first, "planned_start": makers.TODAY() + timedelta(days=20)}, by=ana)
    words = "which it waits for, is planned to end on"
    for page in (read(ana, "plan_edit", draft.pk), read(ana, "step_edit", first.pk), read(ana, "step_edit", second.pk)):
        assert words in page
    makers.submit(draft, by=ana)
    assert words in read(ana, "signoff", draft.pk)
    released = makers.release(draft, by=chloe)
    assert words not in read(ana, "plan", released.pk)


def test_the_remark_comes_and_goes_while_it_is_typed(draft, ana):
    second = draft.steps.order_by("position").last()
    data = {"not_before": days(99), "base-not_before": ""}
    answer = browser(ana).post(url("step_save", second.pk), data, **FETCH).json()
    assert "but not before" in answer["html"]["step-missing"]
    data = {"not_before": "", "base-not_before": days(99)}
    answer = browser(ana).post(url("step_save", second.pk), data, **FETCH).json()
    assert "but not before" not in answer["html"]["step-missing"]


def test_an_amendment_is_remarked_whose_condition_has_failed_already(failed, ana):
    new = amend_plan(failed.plan, by=ana, reason="Progression")
    assert "which was not done: its condition has failed." in read(ana, "plan_edit", new.pk)


def test_the_recorded_value_stands_beside_the_words_in_the_editor(draft, case, ana):
    save_proforma(case, {"egfr_ml_min": 38}, by=ana)
    step = draft.steps.first()
    answer = (
        browser(ana)
        .post(url("step_save", step.pk), {"only_if": "eGFR above 40 and ECOG 0", "base-only_if": ""}, **FETCH)
        .json()
    )
    shown = answer["html"]["step-recorded"]
    assert "38 mL/min" in shown
    assert "entered or changed on" in shown
    assert "Not recorded" in shown
    assert "38 mL/min" in read(ana, "step_edit", step.pk)


def test_it_stands_where_the_step_is_started(case, ana, omar, chloe):
    save_proforma(case, {"egfr_ml_min": 38}, by=ana)
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar, only_if="eGFR above 40")
    page = read(omar, "step_deliver", second.pk)
    assert "This step depends on: eGFR above 40" in page
    assert "38 mL/min" in page


def test_words_that_name_no_fact_bring_none(draft, ana):
    step = draft.steps.first()
    answer = (
        browser(ana)
        .post(url("step_save", step.pk), {"only_if": "the family agrees", "base-only_if": ""}, **FETCH)
        .json()
    )
    assert answer["html"]["step-recorded"].strip() == ""
    assert Step.objects.get(pk=step.pk).only_if == "the family agrees"
