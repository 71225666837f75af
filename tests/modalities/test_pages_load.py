import shutil

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from modalities.content import FOLDER, ContentError
from modalities.models import Modality, Revision, Statement, StatementFlag
from modalities.services import load_pages
from modalities.services.statements import note_statement
from tests.modalities.makers import NEW, publish


@pytest.fixture
def pages(db):
    """Loaded for each test: that is what is tested here."""
    return load_pages()


@pytest.fixture
def folder(tmp_path):
    """A copy of the content files that a test may change."""
    return shutil.copytree(FOLDER, tmp_path / "content")


def reword(folder, slug, old, new):
    path = folder / "pages" / f"{slug}.md"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def outcome(loaded, slug):
    return next(page.outcome for page in loaded if page.slug == slug)


def test_it_loads_eleven_pages_a_group_and_the_statements(pages):
    assert (Revision.objects.count(), Modality.objects.filter(is_group=True).count()) == (11, 1)
    assert (Statement.objects.count(), StatementFlag.objects.filter(about="statement").count()) == (37, 25)


def test_a_second_run_changes_nothing(pages):
    rows = list(Modality.objects.order_by("pk").values())
    assert {page.outcome for page in load_pages()} == {"unchanged", "group"}
    assert list(Modality.objects.order_by("pk").values()) == rows
    assert (Revision.objects.count(), StatementFlag.objects.count()) == (11, 62)


def test_an_edited_page_is_kept_when_its_file_changes(prrt, edda, folder):
    made = publish(prrt, edda, indication=NEW)
    reword(folder, "prrt", "carry a radioactive label", "bear a radioactive label")
    assert outcome(load_pages(folder), "prrt") == "kept"
    prrt.refresh_from_db()
    assert prrt.current_revision_id == made.pk


def test_a_page_that_nobody_edited_follows_its_file(prrt, folder):
    reword(folder, "prrt", "carry a radioactive label", "bear a radioactive label")
    assert outcome(load_pages(folder), "prrt") == "updated"
    prrt.refresh_from_db()
    assert (prrt.current_revision.number, prrt.current_revision.published_by) == (2, None)


def test_a_note_that_is_worded_anew_stands_before_the_earlier_one(pages, folder):
    path = folder / "flags.yaml"
    path.write_text(path.read_text().replace("noted_on: 2026-11-26", "noted_on: 2026-12-01"))
    load_pages(folder)
    notes = Statement.objects.with_flags().get(number="S28").notes
    assert [f"{note.noted_on}" for note in notes] == ["2026-12-01", "2026-11-26"]


def test_a_note_of_a_person_stays_the_newest(pages, folder, edda):
    s28 = Statement.objects.get(number="S28")
    said = note_statement(s28, by=edda, about="statement", state="current", note="ENETS 2025 agrees.", source="ENETS")
    path = folder / "flags.yaml"
    path.write_text(path.read_text().replace("noted_on: 2026-11-26", "noted_on: 2099-12-01"))
    load_pages(folder)
    assert Statement.objects.with_flags().get(number="S28").notes[0] == said


def test_a_broken_file_loads_nothing(db, folder):
    reword(folder, "prrt", "## Goal", "## Gaol")
    with pytest.raises(ContentError, match=r"prrt\.md"):
        load_pages(folder)
    assert Modality.objects.count() == 0


def test_the_command_says_what_it_did(db, capsys):
    call_command("load_reference_pages")
    assert "11 reference pages, 11 written." in capsys.readouterr().out


def test_the_command_ends_in_an_error_on_a_broken_file(db, monkeypatch):
    def broken():
        raise ContentError("prrt.md cannot be read")

    monkeypatch.setattr("modalities.management.commands.load_reference_pages.load_pages", broken)
    with pytest.raises(CommandError, match=r"prrt\.md"):
        call_command("load_reference_pages")
