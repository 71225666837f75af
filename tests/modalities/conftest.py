import pytest

from modalities.models import Modality


@pytest.fixture
def prrt(pages):
    return Modality.objects.select_related("current_revision").get(slug="prrt")
