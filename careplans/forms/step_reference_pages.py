"""The modality of a step: the usual names first, then the pages that the centre added."""

from functools import cache
from typing import Any

from django import forms
from django.utils.text import slugify

from careplans.models import Step
from careplans.models.steps import PAGE
from modalities.models import Modality

Choices = list[tuple[str, Any]]
OTHER = Step.ModalityCode.OTHER
# The service and the API know code and page apart; a person sees what is refused at the one control for both.
REFUSED_AT = {"modality_code": "modality", "reference_page": "modality"}


class ModalityField(forms.ChoiceField):
    """Takes every choice that could once be made: whether it still can be, the service says in a sentence."""

    def offer(self, *, step: int | None = None, empty: str = "") -> None:
        """Read what may be chosen when the control is drawn, and only once."""
        first: Choices = [("", empty)] if empty else []
        self.choices = cache(lambda: [*first, *modality_choices(step)])

    def valid_value(self, value: str) -> bool:
        slug = value.removeprefix(PAGE)
        return value in Step.ModalityCode.values or (value.startswith(PAGE) and slug == slugify(slug) != "")


def modality_choices(step: int | None = None) -> Choices:
    """What may be chosen now, and what the step with this id has already. Two queries."""
    pages = list(Modality.objects.exclude(code="").order_by("title"))
    retired = {
        reference_page.code for reference_page in pages if reference_page.is_supplied and reference_page.retired_at
    }
    usual: Choices = [(code, label) for code, label in Step.ModalityCode.choices if code not in {OTHER, *retired}]
    added: Choices = [
        (f"{PAGE}{reference_page.slug}", _label(reference_page.title, reference_page.code))
        for reference_page in pages
        if not reference_page.is_supplied and reference_page.retired_at is None and reference_page.current_revision_id
    ]
    _keep_standing(step, usual, added)
    other = (OTHER.value, str(OTHER.label))
    if not added:
        return [*usual, other]
    return [("Usual modalities", [*usual, other]), ("Pages that your centre added", added)]


def _keep_standing(step: int | None, usual: Choices, added: Choices) -> None:
    """A step may keep a page that nobody can choose any more; its control must still show it."""
    standing = Step.objects.select_related("modality_revision__modality").filter(pk=step).first() if step else None
    if standing is None or standing.modality in {OTHER, *dict(usual), *dict(added)}:
        return
    if standing.reference_page_title:
        added.append((standing.modality, f"{_label(standing.reference_page_title, standing.modality_code)}, retired"))
    else:
        usual.append((standing.modality, f"{standing.get_modality_code_display()}, retired"))


def _label(title: str, code: str) -> str:
    """What it counts as stands behind the title, unless it counts as nothing."""
    if code == OTHER:
        return title
    name = str(Step.ModalityCode(code).label)
    plain = name if name[:2].isupper() else name[:1].lower() + name[1:]
    return f"{title} ({plain})"
