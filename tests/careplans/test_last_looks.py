"""What changed since somebody marked a case or plan as seen, or signed it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from careplans.models import Case, Event, LastLook, Plan, Signature, Step
from careplans.readers.told import since as reader
from careplans.services.followups import add_follow_up
from careplans.services.last_looks import mark_case_seen, mark_plan_seen
from careplans.services.plans import edit_plan, recall_plan
from careplans.services.proforma import save_proforma
from careplans.services.signatures import sign_plan
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana, board):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.make_plan(case, by=ana, steps=2)


def since_of_case(case, user):
    return reader.since_of_case(Case.objects.with_looks_of(user.pk).get(pk=case.pk), user)


def since_of_plan(plan, user):
    return reader.since_of_plan(Plan.objects.for_detail().with_looks_of(user.pk).get(pk=plan.pk), user)


def newest():
    return Event.objects.latest("pk").pk


def marked(case, user):
    mark_case_seen(case, by=user, up_to=newest())


def facts(case, by, **values):
    save_proforma(Case.objects.get(pk=case.pk), values, by=by)


def told(since):
    return [(one.title, [(f.change.label, f.change.old, f.change.new) for f in one.fields]) for one in since.told]


# Nobody is shown a wall


def test_who_never_looked_is_told_so_and_nothing_else(case, omar):
    page = browser(omar).get(url("case", case.pk)).content.decode()
    assert "You have not marked this case as seen" in page and "Changed since" not in page
    assert since_of_case(case, omar).told == []


def test_who_looked_and_nothing_changed_is_told_that(case, omar):
    marked(case, omar)
    page = browser(omar).get(url("case", case.pk)).content.decode()
    assert "Nothing changed since you marked it as seen" in page


# What changed


def test_a_fact_is_told_from_the_first_value_to_the_last_with_its_unit(case, ana, omar):
    facts(case, ana, ki67_percent="8")
    marked(case, omar)
    facts(case, ana, ki67_percent="9")
    facts(case, ana, ki67_percent="12")
    since = since_of_case(case, omar)
    assert told(since) == [("Proforma", [("Ki-67", "8 %", "12 %")])]
    assert since.told[0].who == ana.name


def test_a_fact_that_stands_again_as_it_stood_is_no_change(case, ana, omar):
    facts(case, ana, ki67_percent="8")
    marked(case, omar)
    facts(case, ana, ki67_percent="9")
    facts(case, ana, ki67_percent="8")
    assert since_of_case(case, omar).told == []


def test_each_field_says_who_wrote_it_last_where_several_did(case, ana, omar, chloe):
    marked(case, omar)
    facts(case, ana, ki67_percent="9")
    facts(case, chloe, grade="G2")
    [told_of] = since_of_case(case, omar).told
    assert told_of.who == "" and {f.change.label: f.who for f in told_of.fields} == {
        "Ki-67": ana.name, "Grade": chloe.name,
    }  # fmt: skip


def test_ones_own_changes_are_no_news(case, ana, omar):
    marked(case, omar)
    facts(case, omar, ki67_percent="9")
    assert since_of_case(case, omar).told == []
    assert since_of_case(case, ana).told == []


def test_follow_ups_and_steps_are_told_in_the_words_of_the_timeline(plan, ana, omar):
    marked(plan.case, omar)
    add_follow_up(plan.case, by=ana, kind="markers", due_on=makers.TODAY() + timedelta(days=9), assignee=ana)
    step = Step.objects.filter(plan=plan).first()
    edit_step(step, {"rationale": "first the pain"}, by=ana)
    titles = [title for title, _ in told(since_of_case(plan.case, omar))]
    assert any(title.startswith(f"{ana.name} added the follow-up “Markers") for title in titles)
    assert any(title.startswith("Step 1: ") for title in titles)


def test_the_plan_tells_of_itself_and_of_the_facts_and_not_of_other_plans(plan, ana, omar):
    mark_plan_seen(plan, by=omar, up_to=newest())
    facts(plan.case, ana, ki67_percent="9")
    edit_plan(plan, {"aim": "Another aim"}, by=ana)
    assert {title for title, _ in told(since_of_plan(plan, omar))} == {"Proforma", "Plan 1"}
    assert since_of_case(plan.case, omar).is_new


def test_who_has_seen_the_case_has_seen_its_plans(plan, ana, omar):
    marked(plan.case, omar)
    assert not since_of_plan(plan, omar).is_new


def test_of_very_many_changes_the_newest_are_told_and_how_many_there_are_more(case, ana, omar, monkeypatch):
    monkeypatch.setattr(reader, "MOST", 3)
    marked(case, omar)
    for number in range(5):
        add_follow_up(
            case, by=ana, kind="other", title=f"Call {number}", due_on=makers.TODAY() + timedelta(days=9), assignee=ana
        )
    since = since_of_case(case, omar)
    assert len(since.told) == 3 and since.more == 2
    assert "And 2 earlier changes" in browser(omar).get(url("case", case.pk)).content.decode()


# Marking


def test_one_click_marks_it(case, ana, omar):
    marked(case, omar)
    facts(case, ana, ki67_percent="9")
    client = browser(omar)
    assert "Ki-67" in client.get(url("case", case.pk)).content.decode().partition("Question to the board")[0]
    answer = client.post(url("case_seen", case.pk), {"event": newest()}, follow=True)
    assert "Marked as seen" in answer.content.decode() and "Nothing changed since" in answer.content.decode()


def test_what_came_after_the_page_was_shown_stays_new(case, ana, omar):
    marked(case, omar)
    facts(case, ana, ki67_percent="9")
    shown = newest()
    facts(case, ana, grade="G2")
    mark_case_seen(case, by=omar, up_to=shown)
    assert told(since_of_case(case, omar)) == [("Proforma", [("Grade", "not recorded", "NET G2")])]


def test_an_older_tab_takes_nothing_back(case, ana, omar):
    shown = newest()
    facts(case, ana, ki67_percent="9")
    marked(case, omar)
    mark_case_seen(case, by=omar, up_to=shown)
    assert since_of_case(case, omar).told == []
    assert LastLook.objects.count() == 1


def test_nobody_marks_what_has_not_happened(case, ana, omar):
    browser(omar).post(url("case_seen", case.pk), {"event": "9" * 15})
    assert LastLook.objects.get().event_id == Event.objects.filter(case=case).latest("pk").pk
    facts(case, ana, ki67_percent="9")
    assert len(since_of_case(case, omar).told) == 1


@pytest.mark.parametrize("event", ["", "x", "-1", "0", "9" * 40, "\0"])
def test_what_is_no_event_marks_nothing(case, omar, event):
    assert browser(omar).post(url("case_seen", case.pk), {"event": event}).status_code == 302
    assert not LastLook.objects.exists()


def test_a_look_is_at_a_case_or_a_plan_once(case, plan, omar):
    now = timezone.now()
    for fields in ({}, {"case": case, "plan": plan}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LastLook.objects.create(person=omar, event_id=1, seen_at=now, **fields)
    LastLook.objects.create(person=omar, event_id=1, seen_at=now, case=case)
    with pytest.raises(IntegrityError), transaction.atomic():
        LastLook.objects.create(person=omar, event_id=1, seen_at=now, case=case)


# Signing


def sign(plan, user):
    plan = Plan.objects.get(pk=plan.pk)
    return sign_plan(plan, by=user, expected_version=plan.content_version, expected_hash=plan.content_hash)


def signoff(plan, user):
    return browser(user).get(url("signoff", plan.pk))


def test_whose_signature_became_void_is_told_what_changed_since(plan, ana, omar):
    makers.submit(plan, by=ana)
    sign(plan, omar)
    edit_plan(Plan.objects.get(pk=plan.pk), {"aim": "Relief first"}, by=ana)
    makers.submit(plan, by=ana)
    # Marking it as seen does not make the signature stand.
    marked(plan.case, omar)
    for page in (signoff(plan, omar), browser(omar).get(url("plan", plan.pk))):
        text = page.content.decode().partition('<h2 id="steps')[0]
        assert "What changed since you signed" in text and "What the board wants to achieve: <del>" in text
    assert "What changed since you signed" not in signoff(plan, ana).content.decode()


def test_signing_on_the_page_marks_what_the_page_told(plan, ana, omar, ravi):
    makers.submit(plan, by=ana)
    form = signoff(plan, omar).context["answer"]
    sign(plan, ravi)
    data = {name: form.initial[name] for name in ("content_version", "content_hash", "facts_version", "seen_event")}
    assert browser(omar).post(url("signoff", plan.pk), data | {"answer": "sign"}).status_code == 302
    assert Signature.objects.get(signer=omar).status == "approved"
    # Ravi signed after the page was drawn.
    assert [title for title, _ in told(signoff(plan, omar).context["since"])] == [
        f"{ravi.name} signed plan 1 for radiology"
    ]


def test_a_signature_from_elsewhere_is_where_it_counts_from(plan, ana, omar):
    makers.submit(plan, by=ana)
    sign(plan, omar)
    assert "Nothing changed since you signed" in signoff(plan, omar).content.decode()
    recall_plan(
        Plan.objects.get(pk=plan.pk), by=ana, expected_version=Plan.objects.get(pk=plan.pk).version, reason="Wait"
    )
    assert "back to draft" in signoff(plan, omar).content.decode()


# Cost


def queries(do):
    with CaptureQueriesContext(connection) as captured:
        do()
    return len(captured)


def test_it_costs_one_query_and_one_more_for_what_changed_however_much(case, ana, omar):
    assert queries(lambda: since_of_case(case, omar)) == 1
    marked(case, omar)
    assert queries(lambda: since_of_case(case, omar)) == 1
    for number in range(12):
        facts(case, ana, ki67_percent=str(number + 3))
    assert queries(lambda: since_of_case(case, omar)) == 2
