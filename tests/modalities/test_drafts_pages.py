import pytest
from django.urls import reverse

from modalities.models import Draft, Modality, Source, Statement
from modalities.services.drafts import begin_draft, edit_draft
from tests.modalities.makers import NEW, approver, begin, fresh, review

QUERIES = 7  # of the work list, however long it is
FETCH = {"X-Requested-With": "fetch"}


def url(name, *args):
    return reverse(f"modalities:{name}", args=args or ["prrt"])


@pytest.fixture
def editor(client, prrt, edda):
    client.force_login(edda)
    return client


@pytest.fixture
def draft(prrt, edda):
    return begin(prrt, edda, indication=NEW)


def test_starting_a_draft_opens_the_form(editor):
    response = editor.post(url("draft_act"), {"verb": "begin"}, follow=True)
    assert response.redirect_chain[-1][0] == url("edit")
    assert "Changes are saved as you go" in response.content.decode()


def test_without_a_draft_the_form_leads_to_where_one_starts(editor):
    assert "Start a draft" in editor.get(url("edit"), follow=True).content.decode()


def test_typing_is_saved_field_by_field(editor, draft):
    answer = editor.post(url("draft_save"), {"goal": "New. [—]", "base-goal": draft.goal}, headers=FETCH).json()
    assert answer["saved"] == {"goal": "New. [—]"}
    draft.refresh_from_db()
    assert (draft.goal, draft.indication) == ("New. [—]", NEW)


def test_a_colleagues_words_come_back_beside_ones_own(editor, draft, edda):
    seen = draft.goal
    edit_draft(draft, {"goal": "Theirs. [—]"}, by=edda)
    answer = editor.post(url("draft_save"), {"goal": "Mine. [—]", "base-goal": seen}, headers=FETCH).json()
    assert (answer["conflicts"]["goal"]["theirs"], answer["conflicts"]["goal"]["mine"]) == ("Theirs. [—]", "Mine. [—]")
    assert answer["saved"] == {}


def test_without_script_a_dispute_keeps_both(editor, draft, edda):
    seen = draft.goal
    edit_draft(draft, {"goal": "Theirs. [—]"}, by=edda)
    response = editor.post(url("draft_save"), {"goal": "Mine. [—]", "base-goal": seen})
    text = response.content.decode()
    assert response.status_code == 409
    assert "Theirs. [—]" in text
    assert response.context["form"]["goal"].value() == "Mine. [—]"


def test_untouched_text_is_no_change_although_browsers_send_other_line_ends(editor, prrt, edda):
    draft = begin_draft(prrt, by=edda)
    sent = {name: getattr(draft, name).replace("\n", "\r\n") for name in Draft.TEXTS}
    editor.post(url("draft_save"), sent | {f"base-{name}": text for name, text in sent.items()})
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_draft_in_review_refuses_typing_in_words(editor, prrt, edda):
    review(prrt, edda, indication=NEW)
    answer = editor.post(url("draft_save"), {"goal": "Late. [—]"}, headers=FETCH)
    assert (answer.status_code, "Take it back" in answer.json()["message"]) == (409, True)


def test_sending_says_at_the_draft_what_is_missing(editor, prrt, edda):
    draft = begin(prrt, edda, goal="It helps.")
    response = editor.post(url("draft_act"), {"verb": "send", "version": draft.version})
    assert "names no source" in response.content.decode()


def test_an_approver_sees_the_difference_and_approves(client, prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    client.force_login(approver())
    page = client.get(url("draft")).content.decode()
    assert "<ins>" in page
    assert "Does this matter to open plans?" in page
    given = {"version": draft.version, "matters_to_plans": "yes", "why": "Narrower."}
    assert client.post(url("draft_approve"), given).status_code == 302
    assert fresh(prrt).current_revision.indication == NEW


def test_an_approval_without_an_answer_on_open_plans_is_refused(client, prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    client.force_login(approver())
    assert client.post(url("draft_approve"), {"version": draft.version, "why": "x"}).status_code == 409
    assert prrt.revisions.count() == 1


def test_an_approver_sends_back(client, prrt, edda):
    draft = review(prrt, edda, indication=NEW)
    client.force_login(approver())
    client.post(url("draft_send_back"), {"version": draft.version, "comment": "Name the trial."})
    assert "Name the trial." in client.get(url("draft")).content.decode()


def test_an_approver_withdraws(client, prrt, edda):
    client.force_login(approver())
    client.post(url("withdraw", "prrt", 1), {"reason": "Wrong."})
    text = client.get(url("revision", "prrt", 1)).content.decode()
    assert "withdrawn" in text
    assert "Wrong." in text


def test_a_source_is_added_and_cited(editor, draft, edda):
    given = {"title": "A trial", "publisher": "A journal", "published_on": "2024", "accessed_on": "2026-11-01"}
    assert editor.post(reverse("modalities:source_new"), given | {"link": "https://example.org/a"}).status_code == 302
    assert Source.objects.get().marker == "E1"
    edit_draft(draft, {"goal": "It may help. [E1]"}, by=edda)
    text = editor.get(url("draft")).content.decode()
    assert 'href="#E1"' in text
    assert 'id="E1"' in text


def test_a_note_is_added_and_the_earlier_one_stays(editor):
    before = Statement.objects.get(number="S01").flags.count()
    given = {"about": "statement", "state": "outdated", "note": "No longer so.", "source": "A journal, 2026"}
    for _ in range(2):
        assert editor.post(reverse("modalities:statement_note", args=["S01"]), given).status_code == 302
    assert Statement.objects.get(number="S01").flags.count() == before + 2
    assert "No longer so." in editor.get(reverse("modalities:statements")).content.decode()


def test_a_review_is_planned_and_listed(editor, prrt, edda):
    past = {"review_due_on": "2026-01-01", "confirmed_dates": "review_due_on:past:2026-01-01"}
    editor.post(url("review"), past | {"responsible": edda.pk})
    text = editor.get(reverse("modalities:reviews")).content.decode()
    assert text.index("Peptide receptor") < text.index("Surgery")
    assert "Edda Editor" in text


def test_a_review_at_the_end_of_the_calendar_is_refused_and_stops_no_reminders(editor, prrt, edda):
    answer = editor.post(url("review"), {"review_due_on": "9999-12-31", "responsible": edda.pk})
    assert "The year 9999 cannot be meant" in answer.content.decode()
    prrt.refresh_from_db()
    assert prrt.review_due_on is None


@pytest.mark.parametrize("name", ["draft", "edit"])
def test_the_draft_pages_ask_little_of_the_database(editor, draft, django_assert_max_num_queries, name):
    with django_assert_max_num_queries(12):
        assert editor.get(url(name)).status_code == 200


def test_the_work_list_asks_the_same_for_two_drafts_as_for_one(editor, pages, prrt, edda, django_assert_num_queries):
    others = Modality.objects.filter(is_group=False).exclude(pk=prrt.pk)
    for count, more in ((1, [prrt]), (11, others)):
        for page in more:
            begin_draft(page, by=edda)
        with django_assert_num_queries(QUERIES):
            assert len(editor.get(reverse("modalities:reviews")).context["drafts"]) == count


def test_what_is_missing_names_its_section_and_leads_to_it(editor, prrt, edda):
    begin(prrt, edda, limits="No source here.")
    text = editor.get(url("draft")).content.decode()
    assert f'<a href="{url("edit")}#id_limits">Limits</a>: “No source here.” names no source' in text


def test_a_refusal_to_send_names_the_sections(editor, prrt, edda):
    draft = begin(prrt, edda, limits="No source here.", goal="", change_note="")
    text = editor.post(url("draft_act"), {"verb": "send", "version": draft.version}).content.decode()
    for words in (
        "Limits: “No source here.”",
        "Goal: Write something here.",
        "What you changed and why: Write something",
    ):
        assert words in text
