"""Programs read the templates in force, and which one a plan started from."""

import pytest

from careplans.models import PlanTemplateVersion
from careplans.services.plan_templates import draft_from_template
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.plan_templates.worlds import in_force

pytestmark = pytest.mark.django_db


def test_templates_in_force_are_listed_with_what_they_say(ana):
    row = in_force()
    gone = in_force(slug="gone")
    PlanTemplateVersion.objects.filter(pk=gone.pk).update(state="withdrawn", ended_reason="outdated")
    [told] = Api(ana).get("/plan-templates/").json()["results"]
    assert (told["id"], told["slug"], told["number"]) == (row.pk, "operation", 1)
    assert [step["key"] for step in told["content"]["steps"]] == ["s1", "s2"]
    assert Api(ana).get("/plan-templates/operation/").json() == told
    assert Api(ana).get("/plan-templates/gone/").status_code == 404


def test_a_plan_names_its_version_and_is_found_by_it(board, ana):
    row = in_force()
    plan = draft_from_template(makers.make_case(board, by=ana), row, by=ana).plan
    makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana)
    [told] = Api(ana).get(f"/plans/?template_version={row.pk}").json()["results"]
    assert (told["id"], told["template_version"]) == (plan.pk, row.pk)
