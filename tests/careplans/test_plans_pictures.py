"""The picture of a plan on its pages: who sees it, what it costs, and that nothing in it is more than words."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from careplans.models import Plan
from careplans.services.plans import amend_plan
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.makers import TODAY

pytestmark = pytest.mark.django_db
WICKED = '<script>alert("&")</script>'
HEBREW = "כריתת כבד"


@pytest.fixture
def plan(board, ana, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)


def page(client, name, row, by, **query):
    client.force_login(by)
    answer = client.get(reverse(f"careplans:{name}", args=[row.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def pictures(html):
    return re.findall(r"<svg[^>]*c-sequence__.*?</svg>", html, re.DOTALL)


@pytest.mark.parametrize("name", ["plan", "plan_print", "plan_picture", "signoff"])
def test_it_stands_there_for_a_desk_and_for_a_phone(client, plan, nina, name):
    wide, narrow = pictures(page(client, name, plan, nina))
    assert "c-sequence__wide" in wide and "c-sequence__narrow" in narrow
    assert all(svg.count("data-step=") == 2 for svg in (wide, narrow))


def test_the_same_stands_in_a_table(client, plan, nina):
    html = page(client, "plan", plan, nina)
    table = html[html.index("The same as a table") : html.index("</details>", html.index("The same as a table"))]
    assert table.count('<th scope="row"') == 2 and "Planned for" in table


def test_the_page_of_a_case_shows_the_plan_in_force(client, plan, nina):
    assert len(pictures(page(client, "case", plan.case, nina))) == 2


def test_a_plan_without_steps_has_none(client, board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=0)
    assert not pictures(page(client, "plan", plan, ana)) and "The sequence" not in page(client, "plan", plan, ana)


def test_two_versions_stand_above_each_other_on_one_axis(client, plan, ana):
    new = amend_plan(plan, by=ana, reason="Progression", expected_version=plan.version)
    for name in ("plan_compare", "signoff"):
        above, _, below, _ = pictures(page(client, name, new, ana))
        assert f"plan-{plan.pk}-w-t" in above and f"plan-{new.pk}-w-t" in below
        assert today_in(above) == today_in(below)


def today_in(svg):
    return re.search(r'd="M(\S+) 19V', svg).group(1)


def test_every_name_in_a_page_is_there_once(client, plan, ana):
    new = amend_plan(plan, by=ana, reason="Progression", expected_version=plan.version)
    names = re.findall(r'\bid="([^"]+)"', page(client, "signoff", new, ana))
    assert len(names) == len(set(names))


def test_no_picture_holds_what_the_pages_forbid(client, plan, nina):
    html = page(client, "plan", plan, nina)
    assert not re.search(r'\sstyle="|<style|\son\w+="', "".join(pictures(html)))


def test_what_people_write_stays_words(client, board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    edit_step(plan.steps.get(), {"description": f"{WICKED} {HEBREW} {'very ' * 25}long", "only_if": WICKED}, by=ana)
    html = page(client, "plan_picture", plan, ana)
    assert "<script" not in html and "&lt;script&gt;" in html and f"{HEBREW}" in html and "…" in html


def test_an_analyst_reads_no_text_and_no_name(client, board, ana, anselm):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    edit_step(plan.steps.get(), {"description": "Zqx", "only_if": "Zqx"}, by=ana)
    html = page(client, "plan_picture", plan, anselm)
    assert "Zqx" not in html and ana.name not in html and "Other systemic agent" in html


def test_an_analyst_whose_board_opens_its_texts_reads_them(client, board, ana, anselm):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    edit_step(plan.steps.get(), {"description": "Zqx"}, by=ana)
    board.analysts_read_text = True
    board.save()
    assert "Zqx" in page(client, "plan_picture", plan, anselm)


def test_it_shows_what_was_just_changed(client, board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    day = TODAY() + timedelta(days=77)
    edit_step(plan.steps.get(), {"planned_start": day, "planned_end": None}, by=ana)
    assert f"Planned for {day:%-d %b %Y}" in page(client, "plan_picture", plan, ana)


def queries(client, name, row, by):
    client.force_login(by)
    page(client, name, row, by)
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse(f"careplans:{name}", args=[row.pk]))
    return len(captured)


@pytest.mark.parametrize("name", ["plan", "plan_picture", "plan_print", "signoff"])
def test_twelve_steps_take_as_many_queries_as_two(client, board, ana, chloe, nina, name):
    short, long = (
        makers.make_active_plan(
            makers.make_case(board, by=ana, record_number=f"SYN-{steps}"), by=ana, chair=chloe, steps=steps,
            schedule=makers.make_template(board, name=f"For {steps}", months=steps * 6),
        )
        for steps in (2, 12)
    )  # fmt: skip
    assert queries(client, name, short, nina) == queries(client, name, long, nina)


def test_a_case_with_many_plans_takes_as_many_queries_as_one_with_two(client, plan, ana, chloe, nina):
    def amended(plan):
        new = amend_plan(plan, by=ana, reason="Progression", expected_version=plan.version)
        makers.submit(new, by=ana)
        makers.release(new, by=chloe)
        return Plan.objects.get(pk=new.pk)

    second = amended(plan)
    two = queries(client, "case", plan.case, nina)
    amended(amended(second))
    html = page(client, "case", plan.case, nina)
    assert html.count("c-sequence-mini") == 4 and queries(client, "case", plan.case, nina) == two
