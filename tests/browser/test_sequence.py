"""The picture of a plan as a browser draws it: which of the two, how large its letters are, and whether any two words meet."""

from datetime import timedelta

import pytest

from careplans.services.decisions import add_decision
from careplans.services.plan_schedules import add_schedule
from careplans.services.steps import add_step, edit_step
from tests.careplans import makers
from tests.careplans.makers import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMALLEST = 12
# Each line of words that is shown, as the browser measures it.
MEASURED = """() => [...document.querySelectorAll('.c-sequence svg')].filter(svg => svg.checkVisibility()).map(svg => {
  const all = svg.getBoundingClientRect(), scale = all.width / svg.viewBox.baseVal.width
  return {kind: svg.getAttribute('class'), left: all.left, right: all.right, texts: [...svg.querySelectorAll('text')].map(one => {
    const box = one.getBoundingClientRect()
    return {words: one.textContent, size: parseFloat(getComputedStyle(one).fontSize) * scale,
            left: box.left, right: box.right, top: box.top, bottom: box.bottom}
  })}
})"""


@pytest.fixture
def plan(cast):
    """Long names, cycles, arms, parallel steps and a step without a day."""
    ana, board = cast["ana"], cast["board"]
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)
    first, second, third = plan.steps.order_by("position")
    edit_step(first, {"planned_start": TODAY(), "planned_end": None, **makers.ONGOING}, by=ana)
    edit_step(
        second, {**makers.CYCLES, "description": "Wide words WWWWWWWWWW MMMMMMMM " * 6, "after_step": first}, by=ana
    )
    edit_step(third, {"planned_start": None, "planned_end": None, "only_if": "iiiiillll @@@@ %%%% " * 8}, by=ana)
    decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "responds"}, {"name": "W" * 80}])
    edit_step(decision, {"planned_start": TODAY() + timedelta(days=400)}, by=ana)
    makers.make_modality("SURG")
    add_step(
        plan, by=ana, phase="debulking", modality_code="SURG", goals=["cure"], owner=ana, arm=decision.arms.live()[0]
    )
    add_schedule(plan, by=ana, schedule=makers.make_template(board, name="Again"), counts_from=TODAY(), assignee=ana)
    return plan


@pytest.mark.parametrize(
    ("width", "kind"), [(1440, "wide"), (768, "wide"), (720, "narrow"), (390, "narrow"), (320, "narrow")]
)
def test_one_of_the_two_is_shown_and_can_be_read(cast, desk, plan, width, kind):
    page = desk(cast["ana"], width=width)
    page.goto(f"/plans/{plan.pk}/")
    (shown,) = page.evaluate(MEASURED)
    assert shown["kind"] == f"c-sequence__{kind}"
    assert min(text["size"] for text in shown["texts"]) >= (SMALLEST if width > 320 else 10)
    assert all(shown["left"] <= text["left"] and text["right"] <= shown["right"] for text in shown["texts"])
    assert [
        (a["words"], b["words"]) for i, a in enumerate(shown["texts"]) for b in shown["texts"][i + 1 :] if meet(a, b)
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.problems == []


def meet(one, other):
    """Boxes of lines reach higher than their letters: a fifth of their height may be shared."""
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    return across > 0.5 and down > 0.2 * (one["bottom"] - one["top"])


def test_on_paper_the_wide_one_is_printed(cast, desk, plan):
    page = desk(cast["ana"], width=390)
    page.goto(f"/plans/{plan.pk}/print/")
    page.emulate_media(media="print")
    assert [svg["kind"] for svg in page.evaluate(MEASURED)] == ["c-sequence__wide"]
