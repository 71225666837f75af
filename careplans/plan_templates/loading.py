"""Brings the templates that come with the program into the database. Run again at every start: what people decided is kept.

There is no person behind it, so there is no permission to check: whoever can run commands owns the installation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from django.utils import timezone

from careplans.models import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion
from careplans.plan_templates.checks import problems_of
from careplans.plan_templates.content import TemplateContent, as_data, read_content
from careplans.plan_templates.hashing import hash_of
from common.writing import lock, transactional

FOLDER = Path(__file__).with_name("data")
Outcome = Literal["created", "updated", "unchanged", "kept"]
State = PlanTemplateVersion.State


class TemplateFileError(ValueError):
    """A file that cannot be loaded: says which, and what is wrong in it."""


@dataclass(frozen=True)
class Loaded:
    slug: str
    outcome: Outcome


def read_files(folder: Path = FOLDER) -> dict[str, TemplateContent]:
    """By their slugs."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[path.stem] = read_content(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (TypeError, AttributeError, yaml.YAMLError) as error:
            raise TemplateFileError(f"{path.name} cannot be read: {error}") from error
    return found


@transactional
def load_templates(folder: Path = FOLDER) -> list[Loaded]:
    return [Loaded(slug, _load(slug, content)) for slug, content in read_files(folder).items()]


def _load(slug: str, content: TemplateContent) -> Outcome:
    if problems := problems_of(content):
        raise TemplateFileError(f"{slug}.yaml: {' '.join(problems)}")
    template, _ = PlanTemplate.objects.get_or_create(slug=slug)
    [template] = lock(PlanTemplate.objects.filter(pk=template.pk))
    versions = list(PlanTemplateVersion.objects.filter(template=template).order_by("-number"))
    data = as_data(content)
    if any(one.content_hash == hash_of(data) for one in versions):
        return "unchanged"
    if not template.is_supplied or _is_decided(versions):
        return "kept"
    _put_in_force(template, versions, data)
    return "updated" if versions else "created"


def _is_decided(versions: Sequence[PlanTemplateVersion]) -> bool:
    """People have written on it, or withdrawn it."""
    return any(one.author_id or one.ended_by_id for one in versions)


def _put_in_force(template: PlanTemplate, versions: Sequence[PlanTemplateVersion], data: dict[str, Any]) -> None:
    now = timezone.now()
    note = "The file that comes with the program has changed." if versions else "Came with the program."
    PlanTemplateVersion.objects.filter(template=template, state=State.PUBLISHED).update(
        state=State.SUPERSEDED, ended_at=now
    )
    row = PlanTemplateVersion.objects.create(
        template=template, number=versions[0].number + 1 if versions else 1, base=versions[0] if versions else None,
        title=data["title"], content=data, content_hash=hash_of(data), change_note=note, state=State.PUBLISHED,
        published_at=now,
    )  # fmt: skip
    PlanTemplateEvent.objects.create(row=row, kind=PlanTemplateEvent.Kind.PUBLISHED)
