from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from modalities.highlighting import excerpt, fold, holds_all, marked, terms_of
from modalities.markup import plain
from modalities.models import Modality, Statement
from modalities.searching import search
from modalities.services.sourcing import add_source
from modalities.services.statements import note_statement
from modalities.services.trials import add_trial
from tests.modalities.makers import NEW, add, begin, publish, retire


def find(client, user, query):
    client.force_login(user)
    return client.get(reverse("modalities:search"), {"q": query})


def urls(query):
    return [hit.url for hit in search(query)]


def source(by, number=1):
    return add_source(
        by=by, title=f"A guideline {number}", publisher="A society", published_on="2024", accessed_on=date(2026, 1, 1)
    )


def trial(by, number=1):
    values = {
        "name": f"Trial of a new agent {number}", "register_id": f"NCT{number}", "link": "", "opened_on": None,
        "closed_on": None, "criteria": "Grade 1", "contact": "Ward",
    }  # fmt: skip
    return add_trial(values | {"opened_on": date(2026, 1, 1)}, by=by)


def test_a_hit_leads_to_its_section(pages):
    assert "/reference/radiofrequency-ablation/#limits" in urls("above 5 cm")


def test_a_hit_leads_to_its_statement(pages):
    assert "/reference/statements/#S20" in urls("diameter above")


def test_a_note_beside_a_statement_is_found(pages, edda):
    given = {"about": "statement", "state": "check", "note": "Quokka data.", "source": "Here"}
    note_statement(Statement.objects.get(number="S06"), by=edda, **given)
    assert urls("quokka") == ["/reference/statements/#S06"]


def test_a_page_is_found_by_its_title_and_stands_first(pages):
    assert urls("chemoembolization")[0] == "/reference/tace/"


def test_every_word_must_occur(pages):
    assert urls("somatostatin receptors")
    assert urls("somatostatin zebra") == []


def test_words_in_quotation_marks_stand_together(pages):
    assert urls('"liver surgery"')
    assert urls('"surgery liver"') == []


@pytest.mark.parametrize("query", ["SOMATOSTATIN", "sömatostatin", "so\u0301matostatin"])
def test_case_and_accents_do_not_count(pages, query):
    assert urls(query) == urls("somatostatin") != []


def test_a_draft_is_not_found(prrt, edda):
    begin(prrt, edda, indication="A quokka. [—]")
    assert urls("quokka") == []


def test_what_is_no_longer_in_force_is_not_found(prrt, edda):
    publish(prrt, edda, indication="A quokka. [—]")
    prrt.refresh_from_db()
    publish(prrt, edda, indication=NEW)
    assert urls("quokka") == []


def test_a_retired_page_is_left_out(pages):
    assert urls("chemoembolization")
    retire(Modality.objects.get(slug="tace"))
    assert not [url for url in urls("chemoembolization") if url.startswith("/reference/tace/")]


def test_a_page_that_is_not_published_is_left_out(pages, edda):
    add(edda, title="Quokkatide")
    assert urls("quokkatide") == []


def test_an_added_source_is_found_where_it_stands_in_the_paged_list(client, pages, edda):
    for number in range(1, 30):
        source(edda, number)
    url = urls('"A guideline 2" society')[0]
    client.force_login(edda)
    assert 'id="E2"' in client.get(url.split("#")[0]).content.decode()


def test_a_trial_is_found_on_its_page(pages, edda):
    made = trial(edda)
    assert urls("NCT1") == [f"/reference/clinical-trials/#trial-{made.pk}"]


def test_what_was_found_is_marked(client, pages, nina):
    assert "<mark>diameter</mark>" in find(client, nina, "diameter").content.decode()


def test_nothing_found_says_what_to_try(client, pages, nina):
    assert "Nothing was found" in find(client, nina, "zebra").content.decode()


@pytest.mark.parametrize("query", ["", " ", '"', '""', "\u0301"])
def test_an_empty_query_shows_nothing(client, pages, nina, query):
    response = find(client, nina, query)
    assert response.status_code == 200
    assert response.context["count"] == 0


@pytest.mark.parametrize("query", ["%%%", "_", "'; --", "<script>alert(1)</script>", "\\", "ورم", ".*", "[S20]"])
def test_an_odd_query_is_taken_as_it_is(client, pages, nina, query):
    response = find(client, nina, query)
    assert response.status_code == 200
    assert response.context["count"] == 0
    assert "<script>alert" not in response.content.decode()


def test_a_query_that_is_too_long_is_refused_in_words(client, pages, nina):
    response = find(client, nina, "a" * 201)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()


def test_a_nul_that_was_pasted_with_a_word_is_dropped(client, pages, nina):
    assert find(client, nina, "octre\x00otide").context["query"] == "octreotide"


def test_the_search_costs_the_same_for_few_and_for_many(client, pages, edda, nina, django_assert_max_num_queries):
    counts = []
    for numbers in (range(1, 3), range(3, 13)):
        for number in numbers:
            source(edda, number)
            trial(edda, number)
        client.force_login(nina)
        with django_assert_max_num_queries(12) as queries:
            assert client.get(reverse("modalities:search"), {"q": "a"}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_page_has_the_search_box(client, pages, nina):
    client.force_login(nina)
    for url in ("/reference/", "/reference/prrt/"):
        assert 'action="/reference/search/"' in client.get(url).content.decode()


@given(st.text(max_size=300), st.text(max_size=20))
def test_the_pieces_of_a_text_are_the_text(text, query):
    pieces = marked(text, terms_of(query))
    assert "".join(piece.text for piece in pieces) == text


@given(st.text(alphabet="abé ßﬁ", min_size=1, max_size=400), st.text(alphabet="abe s", min_size=1, max_size=6))
def test_an_excerpt_shows_a_hit_when_there_is_one(text, query):
    terms = terms_of(query)
    if terms and holds_all(" ".join(text.split()), terms):
        assert any(piece.is_hit for piece in excerpt(" ".join(text.split()), terms))


def test_a_text_is_folded_once_however_often_it_is_searched():
    fold.cache_clear()
    for _ in range(3):
        assert holds_all("Léber and öther", ["leber"])
    assert fold.cache_info().misses == 1


def test_what_is_kept_of_a_text_is_not_what_is_kept_of_another():
    assert holds_all("Ki-67 of 3 %", ["ki-67"]) and not holds_all("Ki-68 of 3 %", ["ki-67"])
    assert plain("**liver**") == "liver" and plain("**lung**") == "lung"
