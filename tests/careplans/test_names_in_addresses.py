"""No name leaves the database through an address or a cookie: a search, a place in a list, a message."""

import base64

import pytest

from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.test_patients_pages import TYPED

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(board, ana):
    return makers.make_patient(board, by=ana)


@pytest.fixture
def there(board):
    return url("patients", board.pk)


def search(client, there, **typed):
    """The address to which a search leads."""
    answer = client.post(there, typed)
    assert answer.status_code == 302
    return answer.url


def test_a_search_leads_to_an_address_without_the_name(patient, there, ana):
    client = browser(ana)
    address = search(client, there, q="Ashdown", status="")
    assert "ash" not in address.lower()
    page = client.get(address)
    assert [row.pk for row in page.context["page"]] == [patient.pk]
    assert page.context["form"]["q"].value() == "Ashdown"


def test_the_other_filters_stay_in_the_address(patient, there, ana):
    address = search(browser(ana), there, q="Ashdown", kind="synthetic")
    assert "kind=synthetic" in address and "search=" in address
    assert search(browser(ana), there, q="", kind="synthetic") == f"{there}?kind=synthetic"
    assert search(browser(ana), there, q="") == there


def test_a_name_in_an_old_address_searches_for_nobody(patient, there, ana):
    page = browser(ana).get(there, {"q": "xyzzy"})
    assert [row.pk for row in page.context["page"]] == [patient.pk] and "xyzzy" not in page.content.decode()


def test_two_tabs_keep_their_searches_and_going_back_finds_the_first(patient, there, ana):
    client = browser(ana)
    first, second = search(client, there, q="Ash"), search(client, there, q="Birch")
    assert first != second == search(client, there, q="Birch")
    assert len(client.get(second).context["page"]) == 0
    assert len(client.get(first).context["page"]) == 1


def test_a_search_of_another_session_is_asked_for_again(patient, there, ana, chloe):
    address = search(browser(ana), there, q="Ashdown")
    page = browser(chloe).get(address)
    assert page.status_code == 200 and "no longer kept" in page.content.decode()
    assert "Ashdown" not in str(page.context["form"]["q"].value())


def test_a_session_keeps_the_newest_searches(patient, there, ana):
    client = browser(ana)
    first = search(client, there, q="Ash")
    for number in range(30):
        search(client, there, q=f"nobody {number}")
    assert "no longer kept" in client.get(first).content.decode()


def test_a_search_that_is_too_long_stays_as_it_was_typed(there, ana):
    answer = browser(ana).post(there, {"q": "x" * 101})
    assert answer.status_code == 400
    assert "x" * 101 in answer.content.decode()


def test_the_next_page_of_a_search_is_sealed(board, there, ana):
    for number in range(26):
        makers.make_patient(board, by=ana, record_number=f"SYN-{number}")
    client = browser(ana)
    following = client.get(search(client, there, q="Ash")).context["page"].next_url
    assert "search=" in following
    sealed = following.rpartition("after=")[2]
    assert b"ashdown" not in base64.urlsafe_b64decode(sealed + "===").lower()
    assert len(client.get(there + following).context["page"]) == 1


def test_a_message_that_names_a_patient_is_in_no_cookie(board, ana):
    client = browser(ana)
    answer = client.post(url("patient_new", board.pk), TYPED)
    assert answer.status_code == 302 and "messages" not in client.cookies
    assert "Ashdown, Synthetic is added" in client.get(answer.url).content.decode()


def test_people_are_searched_for_in_the_same_way(ana, admin):
    client = browser(admin)
    address = search(client, "/administration/people/", q="ana")
    assert "q=" not in address
    assert [person.pk for person in client.get(address).context["page"]] == [ana.pk]
