"""Merging and moving through the pages: looked for, asked, looked at by a second person, decided, undone."""

from datetime import date

import pytest

from careplans.models import Case, Patient, RecordMove
from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment, open_case
from careplans.services.patients import change_patient
from careplans.services.proforma import save_proforma
from careplans.services.record_moves import ask_merge, ask_move_case, confirm, decline
from common.partial_dates import PartialDate
from common.shown import NAME
from tests import factories
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

pytestmark = pytest.mark.django_db
WHY = "Same insurance number."


@pytest.fixture
def old(board, ana):
    return makers.make_patient(board, by=ana, record_number="SYN-1")


@pytest.fixture
def new(board, ana):
    return makers.make_patient(board, by=ana, record_number="SYN-2", family_name="Beechwood")


@pytest.fixture
def case(old, ana):
    return open_case(old, by=ana, title="Ileal NET", responsible=ana, status="accepted")


def now(row):
    return type(row).objects.get(pk=row.pk)


def done(move, by):
    move = now(move)
    versions = {"from_version": move.from_patient.version, "to_version": move.to_patient.version}
    return confirm(move, by=by, expected_version=move.version, **versions)


def merged(old, new, ana, chloe):
    return done(ask_merge(now(old), by=ana, into=new.pk, reason=WHY), chloe)


def hidden(page):
    """The hidden values of the form that confirms."""
    form = page.context["confirm_form"]
    return {name: form[name].value() for name in ("version", "from_version", "to_version")} | seen(page)


def seen(page):
    """What the page marks as shown."""
    return {NAME: page.context["seen"]}


def text(response):
    return response.content.decode()


def test_from_the_patients_page_to_the_confirmed_merge(old, new, case, ana, chloe):
    first = browser(ana)
    page = url("merge", old.pk)
    assert page in text(first.get(url("patient", old.pk)))
    found = first.post(page, {"q": "Beech", "find": "yes"})
    assert f"?with={new.pk}" in text(found)
    both = f"{page}?with={new.pk}"
    shown = first.get(both)
    assert "differs" in text(shown) and shown.context["form"]["stays"].value() is None
    asked = first.post(both, {"ask": "yes", "stays": new.pk, "reason": WHY}, follow=True)
    assert "Chloe Chair can confirm it" in text(asked)
    move = RecordMove.objects.get()
    second, page = browser(chloe), url("record_move", move.pk)
    looked = second.get(page)
    assert "Ileal NET" in text(looked) and looked.context["confirm_form"]["looked"].value() is None
    over = second.post(page, {"confirm": "yes", "looked": "on", "note": "", **hidden(looked)}, follow=True)
    assert "It can be undone" in text(over) and now(case).patient == new


def test_which_record_stays_is_asked_and_nothing_typed_is_lost(old, new, ana):
    answer = browser(ana).post(f"{url('merge', old.pk)}?with={new.pk}", {"ask": "yes", "reason": WHY})
    assert answer.status_code == 400 and WHY in text(answer) and "Choose which of the two records stays" in text(answer)


def test_the_other_record_may_stay(old, new, ana):
    browser(ana).post(f"{url('merge', old.pk)}?with={new.pk}", {"ask": "yes", "stays": old.pk, "reason": WHY})
    assert RecordMove.objects.get().to_patient == old


def test_it_is_not_confirmed_before_both_were_looked_at(old, new, ana, chloe):
    move = ask_merge(old, by=ana, into=new.pk, reason=WHY)
    client, page = browser(chloe), url("record_move", move.pk)
    answer = client.post(page, {"confirm": "yes", **hidden(client.get(page))})
    assert answer.status_code == 400 and "Look at both, then say so" in text(answer)


def test_what_changed_meanwhile_is_shown_and_looked_at_again(old, new, ana, chloe):
    move = ask_merge(old, by=ana, into=new.pk, reason=WHY)
    client, page = browser(chloe), url("record_move", move.pk)
    before = hidden(client.get(page))
    change_patient(now(new), by=ana, expected_version=1, family_name="Cedar")
    answer = client.post(page, {"confirm": "yes", "looked": "on", "note": "Letter", **before})
    assert answer.status_code == 400 and "Cedar" in text(answer) and "Letter" in text(answer)
    assert answer.context["confirm_form"]["looked"].value() in (None, False)
    again = client.post(page, {"confirm": "yes", "looked": "on", "note": "Letter", **hidden(answer)}, follow=True)
    assert "It can be undone" in text(again)


def test_a_case_that_would_go_along_by_now_is_shown_first(old, new, case, ana, chloe):
    move = ask_merge(now(old), by=ana, into=new.pk, reason=WHY)
    client, page = browser(chloe), url("record_move", move.pk)
    before = hidden(client.get(page))
    open_case(now(old), by=ana, title="Second primary", responsible=ana, status="accepted")
    answer = client.post(page, {"confirm": "yes", "looked": "on", "note": "Letter", **before})
    assert answer.status_code == 400 and "not what you were shown" in text(answer) and "Second primary" in text(answer)
    assert answer.context["confirm_form"]["looked"].value() in (None, False) and now(move).status == "asked"
    client.post(page, {"confirm": "yes", "looked": "on", "note": "Letter", **hidden(answer)})
    assert now(move).status == "confirmed"


def test_a_case_that_would_stay_by_now_when_it_is_undone_is_shown_first(old, new, case, ana, chloe):
    move = merged(old, new, ana, chloe)
    client, page = browser(ana), url("record_move", move.pk)
    typed = {"undo": "yes", "version": now(move).version, "reason": "Sisters.", **seen(client.get(page))}
    open_case(now(new), by=ana, title="Second primary", responsible=ana, status="accepted")
    answer = client.post(page, typed)
    assert answer.status_code == 400 and "Second primary" in text(answer) and now(move).status == "confirmed"


def test_whoever_asked_is_offered_to_withdraw_and_not_to_confirm(old, new, ana):
    move = ask_merge(old, by=ana, into=new.pk, reason=WHY)
    client, page = browser(ana), url("record_move", move.pk)
    shown = text(client.get(page))
    assert "Withdraw the request" in shown and "merge the records" not in shown
    client.post(page, {"withdraw": "yes", "version": 1})
    assert now(move).status == "withdrawn"


def test_declined_it_is_kept_with_its_reason(old, new, ana, chloe):
    move = ask_merge(old, by=ana, into=new.pk, reason=WHY)
    client, page = browser(chloe), url("record_move", move.pk)
    assert client.post(page, {"decline": "yes", "version": 1, "reason": ""}).status_code == 400
    assert "Twins." in text(client.post(page, {"decline": "yes", "version": 1, "reason": "Twins."}, follow=True))


def test_the_page_that_undoes_says_what_stays(old, new, case, ana, chloe):
    move = merged(old, new, ana, chloe)
    open_case(now(new), by=ana, title="Second primary", responsible=ana, status="accepted")
    client, page = browser(ana), url("record_move", move.pk)
    looked = client.get(page)
    shown = text(looked)
    assert "stay there when it is undone" in shown and "Second primary" in shown
    client.post(page, {"undo": "yes", "version": now(move).version, "reason": "Sisters.", **seen(looked)})
    assert now(case).patient == old


def test_the_old_address_leads_to_the_record_that_stands(old, new, ana, chloe):
    merged(old, new, ana, chloe)
    answer = browser(ana).get(url("patient", old.pk), follow=True)
    assert answer.redirect_chain[-1][0] == url("patient", new.pk)
    assert "Also recorded as" in text(answer) and "SYN-1" in text(answer)


@pytest.mark.parametrize("name", ["patient_edit", "death", "case_new", "merge"])
def test_other_old_addresses_show_the_record_that_stands(old, new, ana, chloe, name):
    merged(old, new, ana, chloe)
    assert "Beechwood" in text(browser(ana).get(url(name, old.pk)))


def test_what_was_typed_for_the_record_that_ended_is_refused_and_kept(old, new, ana, chloe):
    merged(old, new, ana, chloe)
    typed = {
        "record_number": "SYN-77", "family_name": "Ashdown", "given_name": "Synthetic", "birth_date": "1960-05-17",
        "sex": "female", "version": now(old).version,
    }  # fmt: skip
    answer = browser(ana).post(url("patient_edit", old.pk), typed)
    assert answer.status_code == 400 and "was merged into SYN-2" in text(answer) and "SYN-77" in text(answer)


def test_lists_show_the_person_once(old, new, board, ana, chloe):
    merged(old, new, ana, chloe)
    rows = browser(ana).get(url("patients", board.pk)).context["page"].rows
    assert [row.pk for row in rows] == [new.pk]


def test_a_moved_case_says_on_its_pages_and_its_print_under_whom_it_stood(board, new, ana, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    done(ask_move_case(now(case), by=ana, to=new.pk, reason="The letter."), chloe)
    client = browser(ana)
    for page in (url("case", case.pk), url("plan", plan.pk), url("plan_print", plan.pk)):
        shown = text(client.get(page))
        assert "Beechwood" in shown and "this case stood under another patient" in shown and "SYN-1" in shown, page


def test_the_case_is_moved_from_its_page(board, case, new, ana, chloe):
    client, page = browser(ana), url("move_case", case.pk)
    assert page in text(client.get(url("case", case.pk)))
    assert f"?with={new.pk}" in text(client.post(page, {"q": "SYN-2", "find": "yes"}))
    client.post(f"{page}?with={new.pk}", {"ask": "yes", "reason": "The report names the other."})
    move = RecordMove.objects.get()
    assert move.case == case and url("record_move", move.pk) in text(browser(chloe).get(url("case", case.pk)))


def test_a_treatment_from_before_the_other_was_born_is_pointed_out(board, case, ana):
    young = makers.make_patient(board, by=ana, record_number="SYN-3", birth_date=date(2010, 1, 1))
    young = now(young)
    case.prior_treatments.create(modality_code="SURG", response="stable", started_on="2005-03-01", created_by=ana)
    shown = text(browser(ana).get(f"{url('move_case', case.pk)}?with={young.pk}"))
    assert "before Ashdown, Synthetic, record SYN-3, was born (1 Jan 2010)" in shown


def test_the_timeline_leads_to_who_confirmed_it(old, new, case, ana, chloe):
    move = merged(old, new, ana, chloe)
    shown = text(browser(ana).get(url("timeline", case.pk)))
    assert "two records are of one person" in shown and url("record_move", move.pk) in shown


def test_my_work_shows_what_i_can_confirm_and_not_what_i_asked(old, new, ana, chloe):
    ask_merge(old, by=ana, into=new.pk, reason=WHY)
    assert "Merges and moves to confirm" in text(browser(chloe).get(url("my_work")))
    assert "Merges and moves to confirm" not in text(browser(ana).get(url("my_work")))


def test_who_sees_only_one_of_the_two_does_not_see_the_request(old, new, board, ana):
    move = ask_merge(old, by=ana, into=new.pk, reason=WHY)
    second = factories.make_board("Eastgate", institution=board.institution)
    eve = factories.make_user("eve@eastgate.example", "Eve Eastgate")
    factories.join(eve, second, "coordinator", "coordination")
    old.on_boards.create(board=second, created_by=eve)
    assert browser(eve).get(url("record_move", move.pk)).status_code == 404
    assert "asked for" not in text(browser(eve).get(url("patient", old.pk)))


@pytest.mark.parametrize("wanted", ["9" * 30, "x", "²", "-1", "0", "1 OR 1"])
def test_no_address_breaks_the_page(old, ana, wanted):
    assert browser(ana).get(url("merge", old.pk), {"with": wanted}).status_code in (200, 404)


# Recorded twice?


@pytest.mark.parametrize(
    "other",
    [
        {"birth_date": date(1999, 1, 1)},
        {"family_name": "Beechwood"},
        {"given_name": "Sibylla"},
        {"family_name": "Synthetic", "given_name": "Ashdown"},
    ],
)
def test_pairs_that_are_alike_are_listed_once(board, old, ana, other):
    twin = now(makers.make_patient(board, by=ana, record_number="SYN-9", **other))
    shown = browser(ana).get(url("duplicates", board.pk))
    assert [{one.pk, two.pk} for one, two in shown.context["pairs"]] == [{old.pk, twin.pk}]


@pytest.mark.parametrize(
    "other",
    [{"family_name": "Beechwood", "given_name": "Sibylla"}, {"family_name": "Oak", "birth_date": date(1999, 1, 1)}],
)
def test_others_are_not(board, old, ana, other):
    makers.make_patient(board, by=ana, record_number="SYN-9", **other)
    assert "Nobody looks recorded twice" in text(browser(ana).get(url("duplicates", board.pk)))


def test_a_pair_that_was_declined_is_not_listed_again(board, old, ana, chloe):
    twin = makers.make_patient(board, by=ana, record_number="SYN-9")
    decline(ask_merge(old, by=ana, into=twin.pk, reason=WHY), by=chloe, expected_version=1, reason="Twins.")
    assert browser(ana).get(url("duplicates", board.pk)).context["pairs"] == []


def test_a_third_like_two_who_are_two_is_still_listed(board, old, ana, chloe):
    twin = makers.make_patient(board, by=ana, record_number="SYN-9")
    decline(ask_merge(old, by=ana, into=twin.pk, reason=WHY), by=chloe, expected_version=1, reason="Twins.")
    third = makers.make_patient(board, by=ana, record_number="SYN-10")
    pairs = browser(ana).get(url("duplicates", board.pk)).context["pairs"]
    assert {frozenset((one.pk, two.pk)) for one, two in pairs} == {
        frozenset((old.pk, third.pk)), frozenset((twin.pk, third.pk)),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["duplicates", "record_moves"])
def test_lists_cost_the_same_for_two_and_for_twelve(board, ana, chloe, name):
    def add(number):
        one = makers.make_patient(board, by=ana, record_number=f"A-{number}", family_name=f"Family{number:03}")
        two = makers.make_patient(board, by=ana, record_number=f"B-{number}", family_name=f"Family{number:03}")
        if name == "record_moves":
            move = ask_merge(one, by=ana, into=two.pk, reason=WHY)
            if number % 2:
                done(move, chloe)

    for number in range(2):
        add(number)
    client = browser(ana)
    few = queries_of(client, url(name, board.pk))
    for number in range(2, 12):
        add(number)
    assert queries_of(client, url(name, board.pk)) == few <= 14


def test_a_patient_costs_the_same_with_two_merged_records_and_six(board, new, ana, chloe):
    def add(number):
        merged(makers.make_patient(board, by=ana, record_number=f"A-{number}"), new, ana, chloe)

    for number in range(2):
        add(number)
    client = browser(ana)
    few = queries_of(client, url("patient", new.pk))
    for number in range(2, 6):
        add(number)
    assert Patient.objects.get(pk=new.pk).absorbed.count() == 6
    assert queries_of(client, url("patient", new.pk)) == few


def test_the_case_list_names_whom_it_stands_under(old, new, case, board, ana, chloe):
    merged(old, new, ana, chloe)
    assert "Beechwood" in text(browser(ana).get(url("cases", board.pk))) and Case.objects.get().patient == new


# What does not go together with whom it goes to


@pytest.fixture
def child(board, ana):
    return makers.make_patient(board, by=ana, record_number="SYN-9", birth_date=date(2020, 5, 17))


@pytest.fixture
def dated(case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", response="complete", started_on=PartialDate(2015))
    save_proforma(case, {"diagnosed_on": PartialDate(2018, 3)}, by=ana)
    return case


UNBORN = ("Previous therapy (Surgery) began in 2015.", "Date of the diagnosis: March 2018.")


def says_of_both(page):
    return "SYN-9, was born (17 May 2020)." in page and all(words in page for words in UNBORN)


def test_what_was_before_the_birth_is_listed_when_a_case_moves(dated, child, ana, chloe):
    asking = f"{url('move_case', dated.pk)}?with={child.pk}"
    assert says_of_both(text(browser(ana).get(asking)))
    move = ask_move_case(dated, by=ana, to=child.pk, reason=WHY)
    page = url("record_move", move.pk)
    assert says_of_both(text(browser(chloe).get(page)))
    done(move, chloe)
    assert says_of_both(text(browser(chloe).get(page)))


def test_what_was_before_the_birth_is_listed_when_records_merge(dated, old, child, ana, chloe):
    for one, other in ((old, child), (child, old)):
        assert says_of_both(text(browser(ana).get(f"{url('merge', one.pk)}?with={other.pk}")))
    move = ask_merge(now(old), by=ana, into=child.pk, reason=WHY)
    page = url("record_move", move.pk)
    assert says_of_both(text(browser(chloe).get(page)))
    done(move, chloe)
    assert says_of_both(text(browser(chloe).get(page)))


def test_what_is_recorded_of_before_the_birth_meanwhile_is_shown_before_it_is_confirmed(case, old, child, ana, chloe):
    move = ask_merge(now(old), by=ana, into=child.pk, reason=WHY)
    page = url("record_move", move.pk)
    sent = hidden(browser(chloe).get(page)) | {"confirm": "yes", "looked": "on"}
    add_prior_treatment(case, by=ana, modality_code="SURG", response="complete", started_on=PartialDate(2015))
    answer = browser(chloe).post(page, sent)
    assert answer.status_code == 400 and UNBORN[0] in text(answer)
    assert now(move).is_asked


def test_what_was_after_the_death_is_listed_and_which_day_of_death_is_kept(dated, old, new, ana, chloe):
    for patient, month, day in ((old, None, None), (new, 5, 4)):
        patient = now(patient)
        record_death(
            patient, by=ana, expected_version=patient.version, source="Ward", year=2017, month=month, day=day,
            why="As the registry says.",
        )  # fmt: skip
    words = (
        "SYN-2, died (4 May 2017).",
        "Date of the diagnosis: March 2018.",
        "known more exactly is kept: 4 May 2017.",
    )
    assert all(one in text(browser(ana).get(f"{url('merge', old.pk)}?with={new.pk}")) for one in words)
    move = ask_merge(now(old), by=ana, into=new.pk, reason=WHY)
    assert all(one in text(browser(chloe).get(url("record_move", move.pk))) for one in words)


def test_what_another_board_recorded_is_not_told(dated, old, child, ana, chloe):
    assert "Recorded of before" in text(browser(ana).get(f"{url('move_case', dated.pk)}?with={child.pk}"))
    Case.objects.filter(pk=dated.pk).update(board=factories.make_board("Eastgate", institution=old.institution))
    assert "Recorded of before" not in text(browser(ana).get(f"{url('merge', old.pk)}?with={child.pk}"))
