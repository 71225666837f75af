import pytest

from modalities.models import Modality
from modalities.services import load_pages


@pytest.fixture
def pages(db):
    return load_pages()


@pytest.fixture
def prrt(pages):
    return Modality.objects.select_related("current_revision").get(slug="prrt")
