"""The content files say what the source says, in our own words, and nothing else."""

import hashlib
import re
from pathlib import Path

import pytest

from modalities.content import FOLDER, ContentError, read_flags, read_page, read_pages, read_statements
from modalities.markup import MARKER, numbers_in, unsourced_sentences

PAGES = {page.slug: page for page in read_pages()}
WRITTEN = [page for page in PAGES.values() if not page.is_group]
STATEMENTS = {entry.number: entry for entry in read_statements()}
SECTIONS = [(page.slug, name, text) for page in WRITTEN for name, text in page.sections.items()]
# Fingerprints of every run of six words of the source document, which is not ours to keep here.
SOURCE_RUNS = set(Path(__file__).with_name("source_runs.txt").read_text().split())

# The statements that each page rests on.
RESTS_ON = {
    "sequence-of-management": {"S01", "S05", "S06", "S07", "S08", "S09", "S10"},
    "surgery": {"S11", "S12", "S13"},
    "chemotherapy": {"S14", "S15"},
    "other-systemic-agents": {"S16"},
    "radiofrequency-ablation": {"S17", "S18", "S19", "S20"},
    "mibg-131i": {"S21", "S22"},
    "prrt": {"S23", "S24", "S25", "S26", "S27"},
    "tae": {"S28", "S29", "S30"},
    "tace": {"S28", "S29", "S30"},
    "sirt": {"S31", "S32", "S33", "S34"},
    "clinical-trials": {"S35", "S36"},
}
CODES = {
    "surgery": "SURG", "chemotherapy": "CHEMO", "other-systemic-agents": "OSA", "radiofrequency-ablation": "RFA",
    "mibg-131i": "MIBG", "prrt": "PRRT", "tae": "TAE", "tace": "TACE", "sirt": "SIRT", "clinical-trials": "TRIAL",
    "sequence-of-management": "", "liver-directed": "",
}  # fmt: skip
# A word that keeps the strength of the source, for each statement that hedges.
HEDGES = {
    "S05": "can", "S07": "mainly", "S08": "may", "S11": "possible", "S12": "may", "S13": "some", "S16": "some|may",
    "S17": "may", "S18": "can", "S19": "can", "S20": "most cases", "S21": "some|palliation", "S24": "can",
    "S25": "above all", "S28": "may", "S32": "some.*may", "S33": "some.*may", "S34": "some.*may", "S35": "where it can.*should",
}  # fmt: skip


def sentences(text):
    """(sentence, marker) pairs; what stands between two markers is one sentence."""
    start = 0
    for found in MARKER.finditer(text):
        yield " ".join(text[start : found.start()].split()), found.group(1)
        start = found.end()


def runs_of_six(text):
    words = re.findall(r"[a-z0-9]+", MARKER.sub(" ", text).lower())
    return {" ".join(words[i : i + 6]) for i in range(len(words) - 5)}


def test_there_are_eleven_pages_and_one_group():
    assert {page.slug for page in WRITTEN} == set(RESTS_ON)
    assert [page.slug for page in PAGES.values() if page.is_group] == ["liver-directed"]


def test_each_page_carries_its_modality_code():
    assert {slug: page.code for slug, page in PAGES.items()} == CODES


def test_three_pages_stand_under_liver_directed_therapy():
    assert {slug for slug, page in PAGES.items() if page.parent == "liver-directed"} == {"tae", "tace", "sirt"}


@pytest.mark.parametrize("slug", RESTS_ON)
def test_a_page_rests_on_its_statements_and_no_others(slug):
    assert set(numbers_in(*PAGES[slug].sections.values())) == RESTS_ON[slug]


@pytest.mark.parametrize(("slug", "name", "text"), SECTIONS)
def test_every_sentence_names_its_statements_or_says_that_it_is_ours(slug, name, text):
    assert unsourced_sentences(text) == []
    for sentence, _ in sentences(text):
        assert re.fullmatch(r"[^.!?]+(?:\d\.\d[^.!?]*)*[.]", sentence), f"not one sentence: {sentence}"


@pytest.mark.parametrize(("slug", "name", "text"), SECTIONS)
def test_a_sentence_is_as_careful_as_the_statement_behind_it(slug, name, text):
    for sentence, marker in sentences(text):
        for number in re.findall(r"S\d\d", marker):
            if name in {"indication", "limits"} and number in HEDGES:
                assert re.search(HEDGES[number], sentence.lower()), sentence


@pytest.mark.parametrize(("slug", "name", "text"), SECTIONS)
def test_what_the_source_does_not_say_is_marked_as_ours(slug, name, text):
    for sentence, marker in sentences(text):
        if "says nothing about" in sentence:
            assert sentence.startswith("The source document says nothing about ")
            assert marker == "—"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.slug)
def test_references_are_shown_as_numbers_without_a_list(page):
    assert page.sections["references"].startswith("Numbered in the source, list not supplied: ")


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.md")) + sorted(FOLDER.rglob("*.yaml")), ids=lambda p: p.name)
def test_no_six_words_in_a_row_are_the_words_of_the_source(path):
    copied = [
        run for run in runs_of_six(path.read_text()) if hashlib.sha256(run.encode()).hexdigest()[:16] in SOURCE_RUNS
    ]
    assert copied == []


def test_the_statements_are_numbered_without_a_gap():
    assert list(STATEMENTS) == [f"S{number:02}" for number in range(1, 38)]


def test_every_statement_has_a_dated_note_on_its_missing_reference():
    about = {flag.number for flag in read_flags() if flag.about == "reference" and flag.state == "unsupported"}
    assert about == set(STATEMENTS)


def test_the_notes_say_what_is_out_of_date():
    states = {flag.number: flag.state for flag in read_flags() if flag.about == "statement"}
    assert states == (
        dict.fromkeys(["S22", "S26", "S27", "S31"], "outdated")
        | dict.fromkeys(["S11", "S14", "S15", "S16", "S20", "S21", "S24", "S25", "S28", "S29", "S30"], "check")
        | dict.fromkeys(["S09", "S17", "S19"], "check")
        | dict.fromkeys(["S10", "S12", "S18"], "not_checked")
        | dict.fromkeys(["S07", "S08", "S35"], "current")
        | {"S36": "unsupported"}
    )


def test_no_note_takes_silence_for_agreement():
    assert not [flag.number for flag in read_flags() if "nothing found that contradicts" in flag.note.lower()]


def test_who_publishes_is_not_said():
    said = " ".join(PAGES["sequence-of-management"].sections["what_it_is"].split())
    assert "who publishes the text is not said" in STATEMENTS["S01"].text.lower()
    assert "The source does not say who publishes it. [—]" in said
    assert "publishers" not in STATEMENTS["S01"].text + said


@pytest.mark.parametrize("number", ["S32", "S33", "S34"])
def test_one_hedge_stands_over_all_three_effects_of_sirt(number):
    assert STATEMENTS[number].text.startswith("Studies show that, in some patients, it may ")
    goal = " ".join(PAGES["sirt"].sections["goal"].split())
    assert goal.startswith("Studies show that, in some patients, SIRT may ") and goal.endswith("[S32, S33, S34]")


def test_a_trial_should_be_thought_of():
    assert "should" in STATEMENTS["S35"].text
    assert "should be thought of" in " ".join(PAGES["clinical-trials"].sections["indication"].split())


def test_every_note_has_a_day_and_a_source():
    assert all(flag.noted_on and flag.source for flag in read_flags())


def test_a_page_without_a_heading_is_refused_by_name(tmp_path):
    path = tmp_path / "broken.md"
    path.write_text('---\ntitle: "Broken"\norder: 1\n---\n\n## What it is\n\nText. [—]\n')
    with pytest.raises(ContentError, match=r"broken\.md needs exactly these headings"):
        read_page(path)
