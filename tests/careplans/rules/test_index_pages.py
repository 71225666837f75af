"""The list of rules: an index by treatment, grade and state, filters, and pages; and one rule by itself."""

import pytest
from django.urls import reverse

from careplans.rules.in_force import SEED
from careplans.rules.index import counts_of, entries_of, fitting
from tests.careplans.rules.makers import begin, publish, reworded, with_own, without

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client, nina):
    client.force_login(nina)
    return client


def get(client, name="rules", *args, **params):
    return client.get(reverse(f"careplans:{name}", args=args), params)


def ids(response):
    return [entry.rule.id for entry in response.context["page"]]


def test_every_rule_is_on_exactly_one_page(reader):
    seen, address = [], reverse("careplans:rules")
    url = address
    for _ in range(9):
        response = reader.get(url)
        seen += ids(response)
        if not response.context["page"].next_url:
            break
        url = address + response.context["page"].next_url
    assert seen == [rule.id for rule in SEED.rules]


def test_going_back_leads_to_the_page_before(reader):
    first = get(reader)
    second = reader.get(reverse("careplans:rules") + first.context["page"].next_url)
    back = reader.get(reverse("careplans:rules") + second.context["page"].previous_url)
    assert ids(back) == ids(first)


def test_a_page_holds_ten(reader):
    assert len(ids(get(reader))) == 10


def test_the_index_counts_what_each_link_leaves(reader):
    response = get(reader)
    for name, _, told in response.context["index"]:
        for code, _, count in told:
            assert get(reader, **{name: code}).context["found"] == count > 0


def test_filters_work_together_and_stay_from_page_to_page(reader):
    response = get(reader, modality="SURG", grade="caution")
    entries = entries_of(SEED)
    assert response.context["found"] == len(fitting(entries, modality="SURG", grade="caution")) > 0
    surgery = get(reader, grade="warning")
    assert "grade=warning" in (surgery.context["page"].next_url or "grade=warning")


def test_a_rule_without_a_treatment_is_found_as_such(reader):
    assert "DATA-01" in ids(get(reader, modality="none"))
    assert counts_of(entries_of(SEED))["modality"]["none"] > 0


def test_words_find_wording_and_number(reader):
    assert ids(get(reader, words="rfa-02")) == ["RFA-02"]
    assert "RFA-02" in ids(get(reader, words="LARGER 5 cm"))


def test_a_filter_that_leaves_nothing_says_so_and_leads_back(reader):
    page = get(reader, words="no such words").content.decode()
    assert "No rule fits." in page
    assert "Show all rules" in page


@pytest.mark.parametrize("params", [{"modality": "XYZ"}, {"grade": "deadly"}, {"after": "XX-99"}, {"before": "\0"}])
def test_what_cannot_be_read_breaks_nothing(reader, params):
    response = get(reader, **params)
    assert response.status_code == 200
    assert bool(response.context["filter"].errors) == bool(set(params) & {"modality", "grade"})


def test_state_tells_what_is_off_and_what_the_centre_added(reader, edda):
    publish(without(with_own(begin(edda), edda), edda), edda)
    assert ids(get(reader, state="own")) == ["OWN-01"]
    assert ids(get(reader, state="off")) == ["DATA-01"]


def test_a_rule_has_a_page_that_says_what_it_asks(reader):
    page = get(reader, "rule", "RFA-02").content.decode()
    assert "the diameter of the step&#x27;s target is above 50 mm" in page
    assert get(reader, "rule", "XX-99").status_code == 404


def test_a_rule_that_is_no_longer_asked_is_shown_as_it_last_stood(reader, edda):
    from careplans.rules.drafts import remove_rule

    publish(with_own(begin(edda), edda), edda)
    row = begin(edda)
    publish(remove_rule(row, "OWN-01", by=edda, expected_version=row.version), edda)
    page = get(reader, "rule", "OWN-01").content.decode()
    assert "As it stood in a version that is no longer asked" in page


def test_a_rule_of_an_earlier_set_reads_as_it_did(reader, edda):
    publish(reworded(edda), edda)
    assert "Has a clinical trial been thought of?" in get(reader, "rule", "TRI-01").content.decode()
    assert "Has a clinical trial been thought of?" not in get(reader, "rule", "TRI-01", set="0").content.decode()
    assert get(reader, "rule", "TRI-01", set="99").status_code == 404
    assert get(reader, "rule", "TRI-01", set="x").status_code == 404


def test_the_draft_lists_its_rules_in_the_same_way(client, edda):
    begin(edda)
    client.force_login(edda)
    response = get(client, "rule_draft", grade="warning")
    assert len(ids(response)) <= 10
    assert reverse("careplans:rule_edit", args=[ids(response)[0]]) in response.content.decode()
