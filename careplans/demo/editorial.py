"""What the demo's editor and approver did: a source added, the availability of PRRT brought up to date, and approved."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from accounts.models import User
from careplans.models import PlanTemplate
from careplans.plan_templates.drafts import begin_version, change
from careplans.plan_templates.drafts import send_to_review as send_template
from careplans.plan_templates.reviewing import plan_review as plan_template_review
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
    _draft_a_template(editor, today=today)


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


def _draft_a_template(editor: User, *, today: date) -> None:
    """A new version of one in review, and one to be read again; neither where the templates are not loaded."""
    found = {row.slug: row for row in PlanTemplate.objects.filter(slug__in=("prrt-gep-net", "pancreas-resectable"))}
    if len(found) < 2:
        return
    template = found["pancreas-resectable"]
    plan_template_review(
        template,
        by=editor,
        expected_version=template.version,
        review_due_on=today + timedelta(days=7),
        responsible=editor,
    )
    row = begin_version(found["prrt-gep-net"], by=editor)
    said = "The patient is told before the first cycle how family and staff are protected."
    row = change(
        row, lambda content: replace(content, aim=f"{content.aim} {said}"), by=editor, expected_version=row.version,
        what="About the template",
    )  # fmt: skip
    send_template(row, by=editor, expected_version=row.version, change_note="What the board agreed on in October.")
