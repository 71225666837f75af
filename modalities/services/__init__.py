from modalities.services.loading import load_pages
from modalities.services.revisions import Draft, publish_revision

__all__ = ["Draft", "load_pages", "publish_revision"]
