"""A plan as a PDF: what stands on it, who gets it, and that nothing which was written is more than text."""

import io
import json
import logging
import re
import subprocess
from unittest import mock

import pytest
from pypdf import PdfReader

from accounts.models import AuditEvent
from careplans.models import Plan, PlanTemplateVersion, Step
from careplans.paper import typesetting
from careplans.paper.plan import plan_sheet
from careplans.services.plan_ending import revoke_plan
from careplans.services.plans import amend_plan, edit_plan
from careplans.services.proforma import save_proforma
from careplans.services.signatures import dissent_from_plan
from careplans.services.steps import edit_step
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url
from tests.factories import make_board, make_otto
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
MARKUP = '#let x = 1 #panic("no") $ sum_(k=1)^n k $ *bold* _thin_ @ref <label> = Heading // gone /* gone */ \\u{41} ` ``` [x](y)'


@pytest.fixture
def case(board, ana, chloe, omar, ravi):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana, steps=2)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2)


def pdf(person, plan):
    response = browser(person).get(url("plan_pdf", plan.pk))
    assert response.status_code == 200, response.content.decode()
    return response.content


def pages(person, plan):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf(person, plan))).pages]


def flat(text):
    """As it reads: lines and the marks at which a long word may be broken say nothing."""
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def whole(person, plan):
    return flat(" ".join(pages(person, plan)))


def steps_of(text):
    """The part with the table of steps: questions and advisories below it name them too."""
    return re.split(
        r"Please check: does|Advisories |Signatures Discipline|Signatures Nobody", text.split("Steps, in order")[1]
    )[0]


def rewrite(plan, by, **values):
    edit_plan(Plan.objects.get(pk=plan.pk), values, by=by)


# What it is


def test_it_is_a_tagged_pdf_with_title_and_language(active, omar):
    reader = PdfReader(io.BytesIO(pdf(omar, active)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Plan 1: Ileal NET"


def test_it_says_of_itself_that_it_conforms_to_pdf_ua_1(active, omar):
    root = PdfReader(io.BytesIO(pdf(omar, active))).trailer["/Root"]
    assert re.search(rb"pdfuaid:part(>|=\")1", root["/Metadata"].get_object().get_data())


def test_its_name_and_its_headers_hold_no_patient(active, omar):
    response = browser(omar).get(url("plan_pdf", active.pk))
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'inline; filename="plan-{active.pk}.pdf"'
    assert response["Cache-Control"] == "no-store"


def test_it_leaves_no_file(active, omar, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pdf(omar, active)
    assert list(tmp_path.iterdir()) == []


# What stands on it


def test_every_page_says_whose_it_is_and_which_of_how_many(case, ana, omar):
    plan = makers.make_plan(case, by=ana, steps=20)
    found = [flat(page) for page in pages(omar, plan)]
    assert len(found) > 1
    for number, page in enumerate(found, 1):
        assert str(case.patient) in page
        assert f"Record {case.patient.record_number}" in page
        assert "Born 17 May 1960" in page
        assert "Synthetic patient" in page
        assert "DRAFT – not signed" in page
        assert f"Page {number} of {len(found)}" in page


def test_twenty_steps_stand_on_it_once_each(case, ana, omar):
    plan = makers.make_plan(case, by=ana, steps=20)
    for step in plan.steps.all():
        edit_step(step, {"description": f"exactly-{step.position}-so"}, by=ana)
    text = steps_of(whole(omar, plan))
    assert [text.count(f"exactly-{number}-so") for number in range(1, 21)] == [1] * 20


def test_steps_of_arms_stand_below_their_arm(case, ana, chloe, omar):
    text = steps_of(whole(omar, makers.make_branched_plan(case, by=ana, chair=chloe, owner=omar).plan))
    order = ["re-staging", "Arm “responds” · not decided yet", "Surgery", "Arm “else PRRT”", "PRRT Tumour control"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_a_short_plan_is_one_page(active, omar):
    assert len(pages(omar, active)) == 1


@pytest.mark.parametrize("end", ["revoked", "superseded"])
def test_a_plan_that_has_ended_says_so_and_is_not_acted_on(active, ana, chloe, omar, end):
    if end == "revoked":
        revoke_plan(
            active,
            by=chloe,
            reason_code="patient_choice",
            reason="wrong patient",
            expected_version=active.version,
            ahead=makers.NOTHING_AHEAD,
        )
    else:
        newer = amend_plan(active, by=ana, reason="new scan", expected_version=active.version)
        makers.submit(newer, by=ana)
        makers.release(newer, by=chloe)
    text = whole(omar, active)
    assert f"{end.upper()} on" in text
    assert "Do not act on" in text


def test_a_plan_in_force_says_since_when_and_no_more(active, omar):
    text = whole(omar, active)
    assert f"In force since {active.released_at:%-d %b %Y}" in text
    assert "Do not act on" not in text


def test_it_says_what_was_signed_and_who_printed_it(active, omar):
    text = whole(omar, active)
    assert f"content version {active.content_version}" in text
    assert active.content_hash in text.replace(" ", "")
    assert "Printed by Omar Oncologist on" in text


def test_what_decides_stands_first_with_its_weight_in_words_and_its_day(case, draft, ana, omar):
    symptoms = {
        "functional_status": "functional",
        "hormone_symptoms_controlled": "no",
        "symptoms_on": PartialDate(2026, 6, 9),
    }
    kidneys = {"egfr_ml_min": "58", "egfr_on": PartialDate(2026, 6, 9)}
    save_proforma(case, symptoms | kidneys | {"heart_disease": "mild", "primary_site": "ileum"}, by=ana)
    Step.objects.filter(plan=draft).update(modality_code="PRRT")
    text = whole(omar, draft)
    order = [
        "Warning: Symptoms not controlled, 9 Jun 2026", "Caution: Heart disease: mild",
        "Not known: syndrome, grade, extent, ECOG",
        "eGFR 58 mL/min/1.73 m² (9 Jun 2026)", "Ileum · Functional", "Primary site", "What the board wants", "Steps, in order",
    ]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_it_says_which_template_it_was_started_from(case, ana, omar):
    plan = Plan.objects.for_detail().get(pk=makers.make_plan(case, by=ana).pk)
    plan.template_version = PlanTemplateVersion(title="Ileal NET, resected", number=3)
    sheet = typesetting.typeset("plan.typ", plan_sheet(plan, by=omar, address="/"))
    text = flat(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(sheet)).pages))
    assert "Started from the template “Ileal NET, resected”, version 3." in text


def test_a_dissent_and_the_note_of_the_chair_are_printed(board, draft, ana, chloe, omar, ravi):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    makers.submit(draft, by=ana)
    makers.sign(draft, by=omar)
    asked = Plan.objects.get(pk=draft.pk)
    seen = {"expected_version": asked.content_version, "expected_hash": asked.content_hash}
    dissent_from_plan(asked, by=ravi, reason="The scan is too old.", **seen)
    makers.release(draft, by=chloe, note="The scan is repeated first.")
    text = whole(omar, draft)
    assert re.search(r"Radiology Dissent Ravi Radiologist, .*?“The scan is too old.”", text)
    assert "Note of the chair: “The scan is repeated first.”" in text


def test_a_plan_that_is_not_what_was_signed_says_so(active, omar):
    with rewriting():
        Plan.objects.filter(pk=active.pk).update(aim="something else")
    assert "This plan does not say what was signed" in whole(omar, active)


# Whatever was written is text


def test_markup_is_printed_as_it_was_written(draft, ana, omar):
    rewrite(draft, ana, aim=MARKUP)
    assert flat(MARKUP) in whole(omar, draft)


@pytest.mark.parametrize("word", ["y", "yy "])
def test_ten_thousand_letters_are_printed_and_stay_on_the_sheet(draft, ana, omar, word):
    rewrite(draft, ana, aim=(word * 10_000)[:10_000])
    assert whole(omar, draft).count("y") > len(re.findall("y", word)) * 10_000 // len(word) - 5
    # Some 130 of them are as wide as the sheet.
    assert max(len(line) for page in pages(omar, draft) for line in page.splitlines()) < 200


@pytest.mark.parametrize("words", ["Łódź, Müller, Šárka", "Ωμέγα, 177Lu ≥ 3 × 10⁹, µ → ±", "Кирилл"])
def test_letters_of_europe_are_printed(draft, ana, omar, words):
    rewrite(draft, ana, aim=words)
    assert words in whole(omar, draft)
    assert "□" not in whole(omar, draft)


def test_names_written_from_right_to_left_do_not_break_it(draft, ana, omar):
    rewrite(draft, ana, aim="שרה לוי و محمد")
    text = whole(omar, draft)
    assert "□" not in text
    assert "Page 1 of 1" in text


def test_a_letter_without_a_shape_is_a_square_and_the_sheet_says_so(draft, ana, omar):
    rewrite(draft, ana, aim="the patient 𒀀𒁀 says")
    text = whole(omar, draft)
    assert "the patient □□ says" in text
    assert "□ stands for a letter that this sheet has no shape for" in text


# Who gets it


@pytest.mark.parametrize("name", ["ana", "chloe", "omar", "nina"])
def test_whoever_reads_the_plan_prints_it(request, active, name):
    assert pdf(request.getfixturevalue(name), active).startswith(b"%PDF-")


def test_an_analyst_never_gets_it_even_where_their_board_shows_them_words(board, active, anselm):
    board.analysts_read_text = True
    board.save()
    assert browser(anselm).get(url("plan_pdf", active.pk)).status_code == 403


def test_another_board_has_no_such_plan(active):
    assert browser(make_otto(make_board("Southbank"))).get(url("plan_pdf", active.pk)).status_code == 404


def test_each_print_is_in_the_read_audit(active, omar):
    pdf(omar, active)
    assert AuditEvent.objects.filter(actor=omar, action="read", subject_type="plan", subject_id=str(active.pk)).exists()


@pytest.mark.parametrize("page", ["plan", "plan_print", "signoff"])
def test_the_pages_of_a_plan_lead_to_it(active, omar, page):
    assert url("plan_pdf", active.pk) in browser(omar).get(url(page, active.pk)).content.decode()


def test_a_case_leads_to_the_paper_of_the_plan_in_force(case, active, omar):
    assert url("plan_pdf", active.pk) in browser(omar).get(url("case", case.pk)).content.decode()


def test_twelve_steps_take_as_many_queries_as_two(board, ana, chloe, omar):
    few, many = (
        makers.make_active_plan(makers.make_case(board, by=ana, record_number=f"SYN-{n}"), by=ana, chair=chloe, steps=n)
        for n in (2, 12)
    )
    assert queries_of(browser(omar), url("plan_pdf", many.pk)) == queries_of(browser(omar), url("plan_pdf", few.pk))


# What goes wrong


def refused(person, plan):
    response = browser(person).get(url("plan_pdf", plan.pk))
    assert response.status_code == 503
    return response.content.decode()


def test_what_the_typesetter_refuses_is_told_and_logged_without_a_word_of_the_patient(
    draft, ana, omar, caplog, monkeypatch
):
    rewrite(draft, ana, aim="a very private word")
    monkeypatch.setattr(
        "careplans.paper.views.plans.plan_sheet", lambda *args, **kwargs: {"aim": "a very private word"}
    )
    with caplog.at_level(logging.ERROR):
        page = refused(omar, draft)
    assert "The PDF could not be made." in page
    assert url("plan_print", draft.pk) in page
    (record,) = [one for one in caplog.records if one.name == "careplans.paper.typesetting"]
    assert record.where and all(place.startswith("plan.typ:") for place in record.where)
    assert "private" not in json.dumps(record.__dict__, default=str)


def test_what_takes_too_long_is_ended(draft, omar, monkeypatch):
    monkeypatch.setattr(typesetting, "SECONDS", 0.001)
    assert "The PDF took too long." in refused(omar, draft)


def test_only_so_many_are_set_at_once(draft, omar, monkeypatch):
    monkeypatch.setattr(typesetting, "PATIENCE", 0.01)
    for _ in range(typesetting.AT_ONCE):
        typesetting._places.acquire()
    try:
        assert "Several plans are being printed at this moment." in refused(omar, draft)
    finally:
        for _ in range(typesetting.AT_ONCE):
            typesetting._places.release()
    assert pdf(omar, draft)


def test_what_is_longer_than_any_plan_is_refused_before_it_is_tried(draft, omar, monkeypatch):
    monkeypatch.setattr(typesetting, "MOST_WRITTEN", 10)
    with mock.patch.object(subprocess, "run") as run:
        assert "too long for a PDF" in refused(omar, draft)
    run.assert_not_called()


def test_the_program_that_sets_it_is_given_no_secret(draft, omar):
    with mock.patch.object(subprocess, "run", side_effect=subprocess.run) as run:
        pdf(omar, draft)
    assert run.call_args.kwargs["env"] == {}


# The picture


def test_the_picture_stands_on_it_with_the_same_in_words(active, omar):
    root = PdfReader(io.BytesIO(pdf(omar, active))).trailer["/Root"]
    alternatives = [alt for alt in _alternatives(root["/StructTreeRoot"]) if "Two steps." in alt]
    assert len(alternatives) == 1
    assert "The sequence at a glance" in whole(omar, active)


def _alternatives(node):
    """The texts for who cannot see, down the tree of a tagged file."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [alt for one in node for alt in _alternatives(one)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (_alternatives(node["/K"]) if "/K" in node else [])


def test_a_picture_that_nobody_could_read_any_more_is_left_to_the_screen(case, ana, omar):
    plan = makers.make_plan(case, by=ana, steps=20)
    for step in plan.steps.all():
        edit_step(step, {"description": "a long story " * 12, "only_if": "and a condition " * 10}, by=ana)
    text = whole(omar, plan)
    assert "too tall for a sheet" in text
    assert text.count("Page 1 of") == 1
