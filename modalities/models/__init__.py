from modalities.models.attachments import Attachment
from modalities.models.drafts import Draft, DraftEvent
from modalities.models.modalities import Modality
from modalities.models.publications import Publication
from modalities.models.revisions import PublishedRevisionError, Revision, RevisionQuerySet
from modalities.models.sources import Source
from modalities.models.statements import Statement, StatementFlag
from modalities.models.trials import Trial

__all__ = [
    "Attachment",
    "Draft",
    "DraftEvent",
    "Modality",
    "Publication",
    "PublishedRevisionError",
    "Revision",
    "RevisionQuerySet",
    "Source",
    "Statement",
    "StatementFlag",
    "Trial",
]
