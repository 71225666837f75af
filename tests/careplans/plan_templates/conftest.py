import pytest

from careplans.models import PlanTemplateVersion
from careplans.plan_templates.loading import load_templates


@pytest.fixture(scope="module")
def loaded_templates(loaded_pages, module_db):
    with module_db():
        return load_templates()


@pytest.fixture
def templates(pages, loaded_templates):
    """The templates that come with the program, by their addresses."""
    return {row.template.slug: row for row in PlanTemplateVersion.objects.in_force().select_related("template")}
