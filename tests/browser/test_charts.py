"""Pictures of reports, drawn under the policy that forbids inline scripts and styles; and a report out of the printer."""

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIX = ("SYN-C1", "SYN-C2", "SYN-C3", "SYN-C4", "SYN-C5", "SYN-C6")


@pytest.fixture
def plans(board, ana, chloe):
    for number in SIX:
        makers.make_active_plan(makers.make_case(board, by=ana, record_number=number), by=ana, chair=chloe, steps=2)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_picture_is_drawn_within_its_place_and_nothing_is_refused(desk, plans, chloe, width):
    page = desk(chloe, width=width)
    page.goto("/reports/releases/?by=modality")
    drawn = page.locator("figure.c-chart-figure svg")
    expect(drawn).to_be_visible()
    # The bars themselves, and not a frame alone.
    assert drawn.locator("path").count() > 3
    assert "Other systemic" in " ".join(drawn.locator("text").all_text_contents())
    place, sheet = page.locator(".c-chart").bounding_box(), drawn.bounding_box()
    assert sheet["width"] <= place["width"] + 1 and place["x"] + place["width"] <= width
    for one in drawn.locator("text").all():
        box = one.bounding_box()
        assert box["x"] >= place["x"] - 1 and box["x"] + box["width"] <= place["x"] + place["width"] + 1, (
            one.text_content()
        )
    assert page.problems == []


def test_a_report_is_printed_with_its_picture_and_every_figure(desk, plans, chloe):
    page = desk(chloe)
    page.goto("/reports/releases/?by=modality")
    expect(page.locator("figure.c-chart-figure svg")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("figure.c-chart-figure svg")).to_be_visible()
    for beside in (".c-filter", ".c-no-print"):
        assert not page.locator(beside).first.is_visible()
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    text = " ".join(" ".join(sheet.extract_text().split()) for sheet in reader.pages)
    assert "Plans released" in text and "All together" in text and str(len(SIX)) in text
    # Lying, so that every column has room.
    box = reader.pages[0].mediabox
    assert box.width > box.height


def test_without_the_library_there_is_the_table_alone(desk, plans, chloe):
    """The same page with its script refused: no frame that stays empty."""
    page = desk(chloe)
    page.route("**/echarts*.js", lambda route: route.abort())
    page.goto("/reports/releases/?by=modality")
    expect(page.get_by_role("table", name="Plans released")).to_be_visible()
    assert page.locator("figure.c-chart-figure svg").count() == 0
