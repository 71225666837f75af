from modalities.services.loading import load_pages
from modalities.services.publications import put_into_force_due

__all__ = ["load_pages", "put_into_force_due"]
