"""New revisions for the tests: what is in force, with some of it said differently."""

from modalities.reading import texts_of
from modalities.services import Draft, publish_revision

NEW = "PRRT can work in NET that has spread. [S24]"


def draft_of(modality, **changes):
    texts = texts_of(modality.current_revision)
    sections = {name: changes.pop(name, text) for name, text in texts.items()}
    return Draft(**{"title": modality.title, "sections": sections, "change_note": "Plainer words.", **changes})


def publish(modality, by, **changes):
    draft = draft_of(modality, **changes)
    return publish_revision(modality, by=by, expected_revision=modality.current_revision_id, draft=draft)
