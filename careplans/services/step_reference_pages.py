"""Which reference page a step rests on. Reads only; `steps` writes.

A step keeps a code, which the rules and the API count, and a revision. The choice is one value, so that two people who
choose at once are told of each other: a code means its main page, `page-<slug>` a page that the centre added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.exceptions import ValidationError

from careplans.models import Step
from careplans.models.steps import PAGE
from modalities.models import Modality, Revision

# The one name under which a choice is typed, merged and disputed.
CHOICE = "modality"


@dataclass(frozen=True)
class Chosen:
    code: str
    revision: Revision | None
    reference_page_title: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "modality_code": self.code,
            "modality_revision": self.revision,
            "reference_page_title": self.reference_page_title,
        }


def choose(modality_code: str = "", reference_page: str = "") -> Chosen:
    """The page's revision in force. ValidationError for a page that is retired, not published, or counts as another code."""
    if reference_page:
        found = get_page(reference_page, modality_code)
    elif modality_code == Step.ModalityCode.OTHER:
        return Chosen(modality_code, None)
    else:
        main = Modality.objects.main().select_related("current_revision").filter(code=modality_code).first()
        if main is None:
            _refuse("modality_code", "This modality has no published reference page yet. Ask an editor.")
        found = main
    where = "reference_page" if reference_page else "modality_code"
    if found.retired_at:
        _refuse(where, f"The page “{found.title}” is retired, so a new step cannot rest on it. Choose another one.")
    if found.current_revision is None:
        _refuse(where, f"Nothing is published on the page “{found.title}” yet. Ask an editor.")
    title = "" if found.is_supplied else found.current_revision.title
    return Chosen(found.code, found.current_revision, title)


def get_page(slug: str, modality_code: str = "") -> Modality:
    """The page of that name, if a step may be counted as what it counts as."""
    reference_page = Modality.objects.known().select_related("current_revision").filter(slug=slug).first()
    if reference_page is None or reference_page.is_group or not reference_page.code:
        raise ValidationError({"reference_page": "There is no reference page of that name that a step can rest on."})
    if modality_code and reference_page.code != modality_code:
        raise ValidationError(
            {
                "reference_page": f"This page counts as {reference_page.code}, not as {modality_code}. Send one that fits."
            }
        )
    return reference_page


def choice_in(values: Mapping[str, Any], step: Step) -> dict[str, str]:
    """The choice among values: as a form has it, or as the API has it, with code and page apart.

    A program that sends back the code it read, without the page, means no other page.
    """
    if CHOICE in values:
        return {CHOICE: values[CHOICE]}
    code, slug = values.get("modality_code", ""), values.get("reference_page") or ""
    if slug:
        reference_page = get_page(slug, code)
        return {CHOICE: reference_page.code if reference_page.is_supplied else f"{PAGE}{slug}"}
    return {CHOICE: code} if code and code != step.modality_code else {}


def split_choice(choice: str) -> dict[str, str]:
    """As `choose()` wants it."""
    return {"reference_page": choice.removeprefix(PAGE)} if choice.startswith(PAGE) else {"modality_code": choice}


def _refuse(where: str, sentence: str) -> NoReturn:
    raise ValidationError({where: sentence})
