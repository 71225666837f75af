from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.centre_day import centre_today
from modalities.models import Modality, Statement
from modalities.services.publications import withdraw_revision
from tests.modalities.makers import NEW, approve, approver, publish, publish_new, review


def get(client, user, name, *args, **params):
    client.force_login(user)
    return client.get(reverse(f"modalities:{name}", args=args), params)


def queries(django_assert_max_num_queries, client, user, name, *args):
    """Of a page that was opened before: what was opened last is written once into the session."""
    client.force_login(user)
    client.get(reverse(f"modalities:{name}", args=args))
    with django_assert_max_num_queries(10) as context:
        assert client.get(reverse(f"modalities:{name}", args=args)).status_code == 200
    return len(context)


@pytest.mark.parametrize(
    ("name", "args"),
    [("index", []), ("statements", []), ("page", ["prrt"]), ("history", ["prrt"]), ("compare", ["prrt"])],
)
def test_a_stranger_is_sent_to_sign_in(client, pages, name, args):
    assert client.get(reverse(f"modalities:{name}", args=args)).status_code == 302


@pytest.mark.parametrize("slug", ["sequence-of-management", "prrt", "tae", "clinical-trials"])
def test_everybody_who_is_signed_in_reads_a_page(client, pages, nina, slug):
    assert get(client, nina, "page", slug).status_code == 200


def test_the_tree_names_every_page_and_the_group(client, pages, nina):
    text = get(client, nina, "index").content.decode()
    assert all(title in text for title in Modality.objects.values_list("title", flat=True))


def test_the_group_leads_to_its_place_in_the_tree(client, pages, nina):
    assert get(client, nina, "page", "liver-directed").url == "/reference/#liver-directed"


def test_an_unknown_page_is_not_found(client, pages, nina):
    assert get(client, nina, "page", "microwave").status_code == 404


def test_a_page_shows_the_statement_behind_a_sentence_and_the_note_on_its_age(client, pages, nina):
    text = get(client, nina, "page", "prrt").content.decode()
    assert 'href="#S27"' in text
    assert 'id="S27"' in text
    assert "The FDA approved lutetium Lu 177 dotatate on 26 January 2018" in text
    assert "12,16 (numbered in the source, list not supplied" in text


def test_a_page_says_how_old_its_source_is_and_who_published_it(client, pages, nina):
    text = get(client, nina, "page", "surgery").content.decode()
    assert "between about 2010 and January 2018" in text
    assert "Novartis Oncology" in text


@pytest.mark.parametrize(("who", "count"), [("edda", 1), ("nina", 0)])
def test_only_an_editor_is_offered_the_edit_button(client, pages, request, who, count):
    text = get(client, request.getfixturevalue(who), "page", "prrt").content.decode()
    assert text.count("Edit this page") == count


def test_an_older_revision_says_that_a_newer_one_is_in_force(client, prrt, edda, nina):
    publish(prrt, edda, title="PRRT")
    assert "Revision 2 has been in force since" in get(client, nina, "revision", "prrt", 1).content.decode()


def test_a_revision_that_does_not_exist_is_not_found(client, pages, nina):
    assert get(client, nina, "revision", "prrt", 7).status_code == 404


def test_the_tree_costs_the_same_for_2_pages_and_for_12(client, db, omar, django_assert_max_num_queries):
    def make(number):
        Modality.objects.create(slug=f"page-{number}", title=f"Page {number}", first_in_force_at=timezone.now())

    for number in range(2):
        make(number)
    few = queries(django_assert_max_num_queries, client, omar, "index")
    for number in range(2, 12):
        make(number)
    assert queries(django_assert_max_num_queries, client, omar, "index") == few


def test_the_history_costs_the_same_for_2_revisions_and_for_12(client, prrt, edda, omar, django_assert_max_num_queries):
    publish(prrt, edda, title="PRRT 2")
    few = queries(django_assert_max_num_queries, client, omar, "history", "prrt")
    for number in range(3, 13):
        prrt.refresh_from_db()
        publish(prrt, edda, title=f"PRRT {number}")
    assert queries(django_assert_max_num_queries, client, omar, "history", "prrt") == few


def test_a_page_costs_the_same_for_2_statements_and_for_12(client, prrt, edda, omar, django_assert_max_num_queries):
    empty = dict.fromkeys(["what_it_is", "indication", "limits", "goal", "availability", "references"], "Ours. [—]")
    publish(prrt, edda, **empty | {"goal": "Two. [S23, S24]"})
    few = queries(django_assert_max_num_queries, client, omar, "page", "prrt")
    prrt.refresh_from_db()
    twelve = ", ".join(f"S{number}" for number in range(20, 32))
    publish(prrt, edda, **empty | {"goal": f"Twelve. [{twelve}]"})
    assert queries(django_assert_max_num_queries, client, omar, "page", "prrt") == few


def test_all_statements_are_listed_with_the_same_queries_as_few(client, pages, omar, django_assert_max_num_queries):
    many = queries(django_assert_max_num_queries, client, omar, "statements")
    keep = Statement.objects.order_by("number")[:2].values_list("pk", flat=True)
    for statement in Statement.objects.exclude(pk__in=list(keep)):
        statement.flags.all().delete()
        statement.delete()
    assert queries(django_assert_max_num_queries, client, omar, "statements") == many


def test_each_heading_can_be_linked_to(client, pages, nina):
    text = get(client, nina, "page", "prrt").content.decode()
    for name in ("what_it_is", "indication", "limits", "goal", "availability", "references"):
        assert f'<h2 id="{name}">' in text
        assert f'href="#{name}">Link to this section' in text


def test_the_print_view_holds_what_the_page_rests_on_and_who_printed_it(client, prrt, edda, nina):
    publish(prrt, edda, indication="PRRT can work in NET that has spread. [S24]")
    text = get(client, nina, "page_print", "prrt").content.decode()
    assert "in force since" in text
    assert 'id="S27"' in text
    assert "The FDA approved lutetium Lu 177 dotatate on 26 January 2018" in text
    assert "Printed from Consilium by Nina Observer" in text
    assert "data-print" in text


def test_on_paper_the_sources_of_a_note_are_open(client, pages, nina):
    assert '<details class="nhsuk-details" open>' in get(client, nina, "page_print", "prrt").content.decode()


def test_there_is_no_print_of_a_page_with_nothing_in_force(client, pages, nina):
    assert get(client, nina, "page_print", "liver-directed").status_code == 404


def test_a_page_that_the_centre_wrote_does_not_claim_the_source_document(client, pages, edda, omar):
    publish_new(edda)
    client.force_login(omar)
    for name in ("page", "page_print"):
        text = client.get(reverse(f"modalities:{name}", args=["lanreotide"])).content.decode()
        assert "Written by your centre" in text
        assert "one undated document" not in text


def test_a_page_that_the_centre_rewrote_says_so_and_where_it_came_from(client, prrt, edda, omar):
    client.force_login(omar)
    before = client.get(reverse("modalities:page", args=["prrt"])).content.decode()
    publish(prrt, edda, indication=NEW)
    after = client.get(reverse("modalities:page", args=["prrt"])).content.decode()
    assert ["Written anew by your centre" in text for text in (before, after)] == [False, True]
    assert all("one undated document" in text for text in (before, after))


def test_a_revision_that_waits_for_its_day_is_shown_on_the_page_and_in_print(client, prrt, edda, omar):
    day = centre_today() + timedelta(days=9)
    approve(review(prrt, edda, indication=NEW), in_force_on=day)
    client.force_login(omar)
    for name in ("page", "page_print"):
        text = client.get(reverse(f"modalities:{name}", args=["prrt"])).content.decode()
        assert f"Revision 2 is approved and goes into force on {day:%-d %b %Y}" in text
    assert NEW not in text


def test_a_cancelled_one_is_not(client, prrt, edda, omar):
    made = approve(review(prrt, edda, indication=NEW), in_force_on=centre_today() + timedelta(days=9))
    withdraw_revision(made, by=approver(), reason="A wrong dose.")
    client.force_login(omar)
    assert "goes into force" not in client.get(reverse("modalities:page", args=["prrt"])).content.decode()
