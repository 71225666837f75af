from modalities.models.modalities import Modality
from modalities.models.revisions import PublishedRevisionError, Revision, RevisionQuerySet
from modalities.models.statements import Statement, StatementFlag

__all__ = [
    "Modality",
    "PublishedRevisionError",
    "Revision",
    "RevisionQuerySet",
    "Statement",
    "StatementFlag",
]
