"""Who signs reads first who dissents, beside the button and not below it."""

import pytest

from careplans.models import Plan
from careplans.services.signatures import dissent_from_plan
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db


def test_a_dissent_stands_above_the_button_that_signs(board, ana, omar, ravi):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    plan = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    plan = Plan.objects.get(pk=plan.pk)
    dissent_from_plan(
        plan,
        by=omar,
        expected_version=plan.content_version,
        expected_hash=plan.content_hash,
        reason="Bilirubin doubled.",
    )
    box = browser(ravi).get(url("signoff", plan.pk)).content.decode().partition('id="answer"')[2]
    above, button, _ = box.partition("Sign this plan")
    assert button and "Bilirubin doubled." in above and "Omar Oncologist" in above
