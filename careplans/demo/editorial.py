"""What the demo's editor and approver did: a source added, the availability of PRRT brought up to date, and approved."""

from collections.abc import Mapping
from datetime import date, timedelta

from accounts.models import User
from modalities.models import Modality
from modalities.services.drafts import begin_draft, edit_draft, send_to_review
from modalities.services.reviewing import approve_draft
from modalities.services.reviews import plan_review
from modalities.services.sourcing import add_source


def revise(people: Mapping[str, User], *, today: date) -> None:
    """The facts are those of the dated notes on S26 and S27 (domain note G); the reading itself is invented."""
    editor, approver = people["editor"], people["approver"]
    page = Modality.objects.get(slug="prrt")
    source = add_source(
        by=editor, title="News of the FDA approval of Lutathera", publisher="Carcinoid Cancer Foundation",
        published_on="26 January 2018", accessed_on=today,
    )  # fmt: skip
    draft = begin_draft(page, by=editor)
    said = (
        f"In the United States lutetium Lu 177 dotatate was approved for adults on 26 January 2018. [{source.marker}]"
    )
    values = {
        "availability": f"{draft.availability}\n\n{said}",
        "change_note": "The approval in the United States, which the source document could not know.",
    }
    draft = edit_draft(draft, values, by=editor)[0]
    draft = send_to_review(draft, by=editor, expected_version=draft.version)
    approve_draft(
        draft, by=approver, expected_version=draft.version, matters_to_plans=True,
        why="Plans that planned around missing authorisation may now be able to offer PRRT at home.",
    )  # fmt: skip
    plan_review(Modality.objects.get(slug="surgery"), by=editor, review_due_on=today, responsible=editor)
    _wait_for_its_day(editor, approver, today=today)
    _ask_for_review(editor)


def _wait_for_its_day(editor: User, approver: User, *, today: date) -> None:
    """Approved, and in force in two weeks: until then the page shows both."""
    page = Modality.objects.get(slug="tace")
    draft = begin_draft(page, by=editor)
    values = {
        "availability": f"{draft.availability}\n\nFrom that day on it is done at this centre on Tuesdays and Thursdays. [—]",
        "change_note": "The angiography suite opens a second day.",
    }
    draft = edit_draft(draft, values, by=editor)[0]
    draft = send_to_review(draft, by=editor, expected_version=draft.version)
    approve_draft(
        draft, by=approver, expected_version=draft.version, matters_to_plans=False, in_force_on=today + timedelta(days=14),
        why="It says when, and nothing about for whom.",
    )  # fmt: skip


def _ask_for_review(editor: User) -> None:
    """Stands on the approver's “My work”."""
    draft = begin_draft(Modality.objects.get(slug="surgery"), by=editor)
    values = {
        "availability": f"{draft.availability}\n\nAsk the board's surgeon before a resection is promised. [—]",
        "change_note": "What the board agreed on in its last meeting of the year.",
    }
    draft = edit_draft(draft, values, by=editor)[0]
    send_to_review(draft, by=editor, expected_version=draft.version)
