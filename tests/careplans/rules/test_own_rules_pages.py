"""A rule of the centre's own, written with help: the language as a form, its words, copies, and text for who prefers it."""

import json

import pytest
from django.http import QueryDict
from django.urls import reverse

from careplans.models import RuleSetVersion
from careplans.rules.engine import seed_rules
from careplans.rules.engine.grammar import WORDS
from careplans.rules.engine.words import words_of
from careplans.rules.forms.builder import WORD_LABELS, draw
from careplans.rules.forms.conditions import condition_of, each, edited, missing_in, read_tree, tree_of
from careplans.rules.views.own_rules import Builder
from tests.careplans.rules.makers import begin, fresh, with_own
from tests.modalities.makers import publish_new

TYPED = {
    "id": "OWN-01", "scope": "step", "severity": "info", "basis": "direct", "seed": "s20", "advice": "Ask the ward.",
    "version": "1", "written": "form",
}  # fmt: skip
LARGE_RFA = {
    "c:word": "all", "c.0:word": "step", "c.0:step.modality": ["RFA", "page-lanreotide"], "c.1:word": "step_num",
    "c.1:compare": "ge", "c.1:mm": "30",
}  # fmt: skip
OWN_WORDS = [
    {"fact": "grade", "in": ["NEC", "G3", "not_recorded"]}, {"derived": "bulk_threat", "is": "yes"},
    {"derived": "advanced", "is": False}, {"missing_any": ["grade", "size"]}, {"content_flag_open": "prrt-availability"},
    {"plan_nonempty": True}, {"plan_has": {"modality": ["OTHER", "page-lanreotide"], "goal_none": ["cure"]}},
    {"earlier": {"a": {"goal_any": ["debulking"]}, "b": {"target": ["liver"]}, "or_equal": False}},
    {"first_in": {"of": {"modality_not": ["SURG"]}, "includes": {"goal_any": ["cure", "palliation"]}}},
    {"step_num": {"field": "target_mm", "lt": 51}}, {"step_missing": "target_mm"}, {"target_operability": "no"},
]  # fmt: skip


def posted(root):
    """As a browser posts what the page draws: the boxes in the order in which they stand, and only those ticked."""
    data = QueryDict(mutable=True)

    def put(drawn):
        for choices in (drawn.words, *drawn.fields):
            chosen = [code for code, _, is_chosen in choices.options if is_chosen] or [choices.value]
            data.setlist(choices.name, chosen)
        for part in drawn.parts:
            put(part)

    put(draw(root))
    return data


@pytest.fixture
def editor(client, edda):
    client.force_login(edda)
    return client


def new(client, **typed):
    return client.post(reverse("careplans:rule_new"), {**TYPED, **typed})


def text(response):
    return response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("when", [*(rule["when"] for rule in seed_rules()), *OWN_WORDS, {"not": {"any": OWN_WORDS}}])
def test_a_condition_goes_through_the_form_and_back_unchanged(when):
    data = posted(tree_of(when))
    assert missing_in(read_tree(data)) == []
    assert json.dumps(condition_of(read_tree(data)), sort_keys=True) == json.dumps(when, sort_keys=True)


def test_every_word_of_the_language_is_offered():
    assert set(WORD_LABELS) == set(WORDS)
    assert {node.word for when in OWN_WORDS for node in each(tree_of(when))} | {
        "all",
        "any",
        "not",
        "step",
        "plan_lacks",
    } == set(WORDS)


def test_conditions_are_added_grouped_and_removed():
    root = edited(tree_of({"plan_nonempty": True}), "wrap:c")
    assert [(node.number, node.word) for node in each(root)] == [("1", "all"), ("1.1", "plan_nonempty"), ("1.2", "")]
    root = edited(edited(root, "remove:c.0"), "add:c")
    assert [node.word for node in each(root)] == ["all", "", ""]
    assert [node.word for node in each(edited(root, "remove:c"))] == [""]
    assert edited(root, "add:c.7.7") is root


def test_what_is_missing_is_said_by_the_number_of_the_condition():
    root = edited(tree_of({"plan_nonempty": True}), "wrap:c")
    assert missing_in(root) == ["Condition 1.2: choose what is asked."]
    root.parts[1].word = "fact"
    assert missing_in(root) == ["Condition 1.2: choose an answer in each of its fields."]


@pytest.mark.django_db
def test_a_rule_is_added_by_choosing(editor, pages, edda):
    publish_new(edda)
    row = begin(edda)
    assert new(editor, **LARGE_RFA).status_code == 302
    assert fresh(row).rules[-1]["when"] == {
        "all": [{"step": {"modality": ["RFA", "page-lanreotide"]}}, {"step_num": {"field": "target_mm", "ge": 30}}]
    }


@pytest.mark.django_db
def test_added_pages_and_other_are_offered_as_treatments(editor, pages, edda):
    publish_new(edda)
    begin(edda)
    page = text(new(editor, **LARGE_RFA, do="words"))
    assert 'value="page-lanreotide" checked' in page
    assert 'value="OTHER"' in page


@pytest.mark.django_db
def test_the_words_are_shown_and_nothing_is_saved(editor, edda):
    row = begin(edda)
    page = text(new(editor, **LARGE_RFA, do="words"))
    assert "the diameter of the step&#x27;s target is at least 30 mm" in page
    assert "Ask the ward." in page
    assert fresh(row).version == 1


@pytest.mark.django_db
def test_a_script_gets_the_form_of_the_condition_alone(editor, edda):
    begin(edda)
    response = editor.post(
        reverse("careplans:rule_new"), {**TYPED, **LARGE_RFA, "do": "add:c"}, headers={"HX-Request": "true"}
    )
    assert text(response).lstrip().startswith('<div id="builder">')
    assert "Condition 1.3: choose what is asked." in text(response)


@pytest.mark.django_db
def test_a_script_that_asks_what_the_form_says_saves_nothing(editor, edda):
    row = begin(edda)
    response = editor.post(reverse("careplans:rule_new"), {**TYPED, **LARGE_RFA}, headers={"HX-Request": "true"})
    assert 'id="said"' in text(response)
    assert fresh(row).version == 1


@pytest.mark.django_db
def test_an_unfinished_condition_is_refused_by_its_number_and_keeps_what_was_typed(editor, edda):
    row = begin(edda)
    response = new(editor, **{**LARGE_RFA, "c.1:mm": "large"})
    assert response.status_code == 400
    assert "Condition 1.2: enter the size in whole millimetres" in text(response)
    assert 'value="large"' in text(response)
    assert "Ask the ward." in text(response)
    assert fresh(row).version == 1


@pytest.mark.django_db
def test_a_word_about_one_step_in_a_rule_about_the_plan_is_refused_in_words(editor, edda):
    begin(edda)
    asked = {"c:word": "step_missing", "scope": "plan"}
    assert "the scope of the rule must be step" in text(new(editor, **asked, do="words"))
    assert new(editor, **asked).status_code == 400


@pytest.mark.django_db
def test_form_becomes_text_and_text_becomes_form(editor, edda):
    begin(edda)
    as_text = new(editor, **LARGE_RFA, do="to_text")
    written = as_text.context["form"]["when"].value()
    assert as_text.context["builder"].text
    back = new(editor, written="text", when=written, do="to_form")
    assert json.loads(back.context["builder"].written) == json.loads(written)


@pytest.mark.django_db
def test_a_text_that_cannot_be_read_stays_as_it_was_typed(editor, edda):
    begin(edda)
    page = new(editor, written="text", when='{"all": [', do="to_form")
    assert page.context["builder"].text
    assert page.context["form"]["when"].value() == '{"all": ['
    assert "The form cannot show this text" in text(page)


@pytest.mark.django_db
def test_a_rule_is_copied_under_a_free_number(editor, edda):
    row = with_own(begin(edda), edda)
    page = editor.get(reverse("careplans:rule_new"), {"copy": "RFA-02"})
    form, when = page.context["form"], next(rule["when"] for rule in row.rules if rule["id"] == "RFA-02")
    assert (form["id"].value(), form["severity"].value(), form["scope"].value()) == ("OWN-02", "warning", "step")
    assert json.loads(page.context["builder"].written) == when


@pytest.mark.django_db
def test_copying_keeps_what_was_typed(editor, edda):
    row = with_own(begin(edda), edda)
    page = new(editor, id="OWN-55", advice="My words.", seed="", do="copy", copy="RFA-02")
    form, found = page.context["form"], next(rule for rule in row.rules if rule["id"] == "RFA-02")
    assert (form["id"].value(), form["advice"].value()) == ("OWN-55", "My words.")
    assert form["seed"].value() == ", ".join(found["seed"]) and form["scope"].value() == found["scope"]
    assert form["severity"].value() == found["severity"]
    assert json.loads(page.context["builder"].written) == found["when"]
    assert "<option selected>RFA-02</option>" in text(page)


@pytest.mark.django_db
def test_a_condition_that_is_there_is_replaced_only_on_a_second_word(editor, edda):
    row = with_own(begin(edda), edda)
    typed = {"c:word": "plan_nonempty", "copy": "RFA-02"}
    asked = new(editor, **typed, do="copy")
    assert "replaces your condition" in text(asked)
    assert json.loads(asked.context["builder"].written) == {"plan_nonempty": True}
    done = new(editor, **typed, do="copy_over")
    assert json.loads(done.context["builder"].written) == next(
        rule["when"] for rule in row.rules if rule["id"] == "RFA-02"
    )


@pytest.mark.django_db
def test_a_rule_that_is_not_there_is_not_copied_in_silence(editor, edda):
    begin(edda)
    shown = text(editor.get(reverse("careplans:rule_new"), {"copy": "NOPE"}))
    assert "There is no rule NOPE in this draft" in shown
    assert "There is no rule NOPE in this draft" in text(new(editor, do="copy", copy="NOPE"))
    assert "Choose which rule to copy" in text(new(editor, do="copy", copy=""))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"id": "own1"}, "id", "Write it as capital letters, a hyphen and two digits, such as OWN-01, not “own1”."),
        ({"seed": "S999"}, "seed", "There is no statement S999. The source has S01 to S37."),
        ({"seed": "S20 S20"}, "seed", "S20 stands twice."),
        ({"seed": "S20, ward"}, "seed", "There is no statement WARD. The source has S01 to S37."),
    ],
)
def test_what_is_wrong_is_said_in_words(editor, edda, typed, name, words):
    begin(edda)
    page = new(editor, **{"c:word": "plan_nonempty", "scope": "plan", **typed})
    assert page.context["form"].errors[name] == [words]


@pytest.mark.django_db
def test_a_rule_of_the_centre_opens_as_a_form_and_is_changed_there(editor, edda):
    row = with_own(begin(edda), edda)
    address = reverse("careplans:rule_edit", args=["OWN-01"])
    assert 'name="c:word"' in text(editor.get(address))
    typed = {
        **TYPED,
        "scope": "plan",
        "version": row.version,
        "c:word": "fact",
        "c:fact": "grade",
        "c:codes": ["G3", "NEC"],
    }
    typed.pop("id")
    assert editor.post(address, typed).status_code == 302
    assert fresh(row).rules[-1]["when"] == {"fact": "grade", "in": ["G3", "NEC"]}


@pytest.mark.django_db
def test_a_deep_or_long_form_is_read_no_further_than_the_language_goes(editor, edda):
    begin(edda)
    deep = {f"{'.0'.join(['c', *[''] * depth])}:word": "not" for depth in range(40)}
    many = {"c:word": "all"} | {f"c.{number}:word": "plan_nonempty" for number in range(400)}
    for asked in (deep, many):
        assert new(editor, **asked, do="words").status_code == 200
        assert new(editor, **asked).status_code in (302, 400)


@pytest.mark.django_db
def test_words_and_form_say_the_same():
    for when in OWN_WORDS:
        assert Builder(tree_of(when)).words("step") == words_of(condition_of(tree_of(when)))


@pytest.mark.django_db
def test_there_is_no_draft_to_write_a_rule_in(editor):
    assert not RuleSetVersion.objects.exists()
    assert editor.get(reverse("careplans:rule_new"), {"copy": "RFA-02"}).status_code == 302
