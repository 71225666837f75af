"""What comes out of the printer: each sheet by itself says whose it is, and how many there are."""

import io
import re

import pytest
from django.conf import settings
from pypdf import PdfReader

from careplans.services.cases import add_prior_treatment
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sheets(page, address):
    """The words on each sheet, with blanks as one."""
    page.goto(address)
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    return [" ".join(sheet.extract_text().split()) for sheet in reader.pages]


@pytest.fixture
def plan(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=14)


@pytest.mark.parametrize("address", ["/plans/{}/print/", "/plans/{}/"])
def test_every_sheet_of_a_plan_says_whose_it_is_and_how_many_there_are(desk, plan, ana, address):
    found = sheets(desk(ana), address.format(plan.pk))
    assert len(found) > 2
    patient = plan.case.patient
    for number, text in enumerate(found, start=1):
        assert patient.name in text
        assert patient.record_number in text
        assert f"Born {patient.birth_date:%-d %b %Y}" in text
        assert f"Page {number} of {len(found)}" in text


def test_every_sheet_of_a_proforma_says_whose_it_is(desk, board, ana):
    case = makers.make_case(board, by=ana)
    for number in range(40):
        add_prior_treatment(case, by=ana, modality_code="OSA", response="stable", description=f"course {number}")
    found = sheets(desk(ana), f"/cases/{case.pk}/proforma/")
    assert len(found) > 2
    for text in found:
        assert f"{case.patient.name} · Record {case.patient.record_number}" in text


def test_every_template_with_the_case_header_has_it_where_the_head_of_each_sheet_is_taken_from():
    """In the block `header`, straight in `main`, or in wrappers that vanish on paper (static/scss/_print.scss)."""
    root = settings.BASE_DIR / "templates"
    texts = {path.relative_to(root): path.read_text() for path in root.rglob("*.html")}
    having = {name: text for name, text in texts.items() if '"careplans/cases/_header.html"' in text}
    assert len(having) > 20
    for name, text in having.items():
        [header] = re.findall(r"{% block header %}(.*?){% endblock", text, re.DOTALL)
        assert '"careplans/cases/_header.html"' in header, name
    css = (settings.BASE_DIR / "static/css/consilium.css").read_text()
    assert ".c-main:has(.c-sheet){display:table" in css
    assert ".c-main :has(.c-sheet){display:contents" in css


def test_every_sheet_of_a_reference_page_says_what_it_is(desk, reference, ana):
    found = sheets(desk(ana), f"/reference/{reference.slug}/print/")
    assert len(found) > 1
    for number, text in enumerate(found, start=1):
        assert f"{reference.title} · Revision {reference.current_revision.number}" in text
        assert f"Page {number} of {len(found)}" in text


@pytest.fixture
def reference(transactional_db):
    from modalities.models import Modality
    from modalities.services import load_pages

    load_pages()
    return Modality.objects.select_related("current_revision").get(slug="prrt")
