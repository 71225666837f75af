"""New revisions for the tests: what is in force, with some of it said differently, approved by somebody else."""

from accounts.models import User
from modalities.models import Modality
from modalities.services.drafts import begin_draft, edit_draft, send_to_review
from modalities.services.modalities import Place, add_page, retire_page
from modalities.services.reviewing import approve_draft
from modalities.services.revisions import SECTION_FIELDS
from tests.factories import make_user

NEW = "PRRT can work in NET that has spread. [S24]"


def approver():
    found = User.objects.filter(email="abel@consilium.example").first()
    return found or make_user("abel@consilium.example", "Abel Approver", is_content_approver=True)


def begin(modality, by, **changes):
    draft = begin_draft(modality, by=by)
    return edit_draft(draft, {"change_note": "Plainer words.", **changes}, by=by)[0]


def review(modality, by, **changes):
    draft = begin(modality, by, **changes)
    return send_to_review(draft, by=by, expected_version=draft.version)


def approve(draft, **changes):
    given = {"matters_to_plans": False, "why": "Wording only.", "expected_version": draft.version, **changes}
    return approve_draft(draft, **{"by": approver(), **given})


def publish(modality, by, **changes):
    return approve(review(modality, by, **changes))


def fresh(modality):
    return Modality.objects.select_related("current_revision").get(pk=modality.pk)


def place(**changes):
    overview = Modality.objects.get(slug="sequence-of-management")
    return Place(**{"title": "Lanreotide", "parent": overview, "order": 45, "code": "OSA", **changes})


def add(by, *, slug="lanreotide", is_group=False, **changes):
    return add_page(place(**changes), by=by, slug=slug, is_group=is_group)


def publish_new(by, *, slug="lanreotide", **changes):
    """An added page with its first revision in force."""
    page = add(by, slug=slug, **changes)
    publish(page, by, **dict.fromkeys(SECTION_FIELDS, "Ours. [—]"))
    return fresh(page)


def retire(page, **changes):
    page = fresh(page)
    return retire_page(page, **{"by": approver(), "expected_version": page.version, "reason": "Replaced.", **changes})
