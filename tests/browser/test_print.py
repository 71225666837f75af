"""What comes out of the printer: each sheet by itself says whose it is, and how many there are."""

import io

import pytest
from pypdf import PdfReader

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
