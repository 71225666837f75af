"""Of which specimen or scan a finding is: what is of two is never put together, and no word of one is put over another's."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Case, Proforma
from careplans.services.proforma import save_proforma
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import asked, bring, coded, findings, ki67, look, told

pytestmark = pytest.mark.django_db
DAY, LATER = "2026-05-03", "2026-05-09"
A, B = {"specimen": {"reference": "Specimen/a"}}, {"specimen": {"identifier": {"value": "S-77"}}}


def by(words):
    return {"method": {"text": words}}


def facts():
    return Proforma.objects.get()


def pathology():
    row = facts()
    return row.ki67_percent, row.grade, row.differentiation, row.specimen, row.pathology_on


NOTHING = (None, "not_recorded", "not_recorded", "", None)


def refuse_unconfirmed(board, ana, content):
    with pytest.raises(ValidationError):
        bring(board, ana, content, confirmed=[])


# How it was found (`method`): of which specimen, or by which scan.


@pytest.mark.parametrize("turned", [False, True])
def test_no_method_of_one_specimen_is_put_over_another(board, ana, turned):
    several = [
        ki67(2, **A, **by("biopsy")),
        coded("grade", "G1", **B, **by("resection")),
        coded("grade", "G1", **A, **by("biopsy")),
    ]
    content = findings(*(several[::-1] if turned else several))
    [question] = asked(look(board, ana, content), "specimens")
    assert "Grade NET G1" in question and "biopsy" in question and "resection" in question
    refuse_unconfirmed(board, ana, content)
    bring(board, ana, content)
    assert pathology() == NOTHING


@pytest.mark.parametrize("turned", [False, True])
def test_two_methods_of_pathology_are_two_specimens(board, ana, turned):
    several = [ki67(2, **by("liver biopsy")), coded("grade", "G1", **by("resection"))]
    content = findings(*(several[::-1] if turned else several))
    [question] = asked(look(board, ana, content), "specimens")
    assert "names 2 specimens" in question and "liver biopsy" in question and "resection" in question
    bring(board, ana, content)
    assert pathology() == NOTHING


def test_one_method_is_one_specimen_however_it_is_written(board, ana):
    content = findings(ki67(2, **by("Liver biopsy")), coded("grade", "G1", **by("liver  biopsy")))
    shown = look(board, ana, content)
    assert not asked(shown, "by") and not asked(shown, "specimens")
    bring(board, ana, content)
    assert pathology() == ("2", "G1", "not_recorded", "Liver biopsy", PartialDate(2026, 5, 3))


def test_two_methods_of_one_named_specimen_are_asked_about(board, ana):
    content = findings(ki67(2, **A, **by("biopsy")), coded("grade", "G1", **A, **by("resection")))
    [question] = asked(look(board, ana, content), "by:specimen")
    assert "“resection”" in question and "“biopsy” stays" in question
    refuse_unconfirmed(board, ana, content)
    bring(board, ana, content)
    assert pathology() == ("2", "G1", "not_recorded", "biopsy", PartialDate(2026, 5, 3))


def liver(turned):
    several = [
        coded("liver_metastases", "yes", system="yes-no", **by("CT")),
        coded("liver_lobes", "both", **by("MRI")),
    ]
    return several[::-1] if turned else several


@pytest.mark.parametrize(("turned", "stays"), [(False, "CT"), (True, "MRI")])
def test_no_scan_is_put_over_another_of_its_upload_unasked(board, ana, turned, stays):
    content = findings(*liver(turned))
    [question] = asked(look(board, ana, content), "by:liver_imaging")
    assert "CT" in question and "MRI" in question and f"“{stays}” stays" in question
    refuse_unconfirmed(board, ana, content)
    bring(board, ana, content)
    assert facts().liver_imaging == stays


def test_a_method_is_not_put_over_one_that_stands(board, ana):
    bring(board, ana, findings(ki67(2, **by("liver biopsy"))))
    later = findings(coded("grade", "G2", **by("resection")), number="B-2")
    [question] = asked(look(board, ana, later), "by:specimen")
    assert "“resection”" in question and "“liver biopsy” stays" in question
    refuse_unconfirmed(board, ana, later)
    bring(board, ana, later)
    assert pathology() == ("2", "G2", "not_recorded", "liver biopsy", PartialDate(2026, 5, 3))


def test_another_method_of_what_is_recorded_is_named_though_nothing_changes(board, ana):
    bring(board, ana, findings(ki67(2, **by("liver biopsy"))))
    again = findings(ki67(2, **by("resection")), number="B-2")
    assert asked(look(board, ana, again), "by:specimen")
    bring(board, ana, again)
    assert facts().specimen == "liver biopsy"


def test_a_newer_method_replaces_one_of_which_all_is_found_anew(board, ana):
    bring(board, ana, findings(ki67(2, **by("liver biopsy"))))
    newer = findings(ki67(60, LATER, **by("resection")), number="B-2")
    assert not look(board, ana, newer).questions
    bring(board, ana, newer)
    assert pathology() == ("60", "not_recorded", "not_recorded", "resection", PartialDate(2026, 5, 9))


def test_a_newer_method_stands_for_no_neighbour_unasked(board, ana):
    bring(board, ana, findings(ki67(2, **by("liver biopsy"))))
    newer = findings(coded("grade", "G3", LATER, **by("resection")), number="B-2")
    [question] = asked(look(board, ana, newer), "by:specimen")
    assert "resection then stands for" in question and "Ki-67 2 % (recorded: liver biopsy)" in question
    assert "Grade" not in question
    bring(board, ana, newer)
    assert pathology()[3:] == ("resection", PartialDate(2026, 5, 9))


def test_a_method_stands_for_nothing_that_was_typed_without_one_unasked(board, ana):
    bring(board, ana, findings())
    save_proforma(Case.objects.get(), {"ki67_percent": "2", "pathology_on": PartialDate(2026, 5, 3)}, by=ana)
    content = findings(coded("grade", "G1", **by("resection")), number="B-2")
    [question] = asked(look(board, ana, content), "by:specimen")
    assert "Ki-67 2 % (recorded without one)" in question


def test_a_method_that_stands_is_not_said_of_a_new_finding_unasked(board, ana):
    bring(board, ana, findings(ki67(2, **by("liver biopsy"))))
    content = findings(coded("grade", "G1"), number="B-2")
    [question] = asked(look(board, ana, content), "by:specimen")
    assert "Grade NET G1 (in this upload without one)" in question


# Which of two is taken.


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_specimens_that_dispute_a_fact_nothing_is_taken(board, ana, turned):
    several = [ki67(2, **A), coded("differentiation", "well", **A), ki67(60, **B)]
    content = findings(*(several[::-1] if turned else several))
    shown = look(board, ana, content)
    [question] = asked(shown, "specimens")
    assert "Ki-67 2 %" in question and "Ki-67 60 %" in question and not asked(shown, "either")
    bring(board, ana, content)
    assert pathology() == NOTHING


@pytest.mark.parametrize(("day", "other"), [(None, LATER), (None, None), ("2026-05", LATER), ("2026-05", "2026-05")])
def test_a_specimen_that_says_all_is_not_taken_where_it_may_be_older(board, ana, day, other):
    content = findings(ki67(2, day, **A), coded("grade", "G1", day, **A), coded("grade", "G1", other, **B))
    assert asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology() == NOTHING


@pytest.mark.parametrize("other", [DAY, "2026-04", "2026-05-02"])
def test_a_specimen_that_says_all_and_is_not_older_is_taken(board, ana, other):
    content = findings(ki67(2, **A), coded("grade", "G1", **A), coded("grade", "G1", other, **B))
    assert not asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology()[:2] == ("2", "G1") and facts().pathology_on == PartialDate(2026, 5, 3)


def test_of_two_days_of_a_specimen_the_other_may_lie_between(board, ana):
    content = findings(ki67(2, DAY, **A), coded("grade", "G1", LATER, **A), ki67(60, "2026-05-05", **B))
    assert asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology() == NOTHING


@pytest.mark.parametrize("on", [DAY, None, LATER])
def test_what_names_no_specimen_is_not_taken_beside_two_that_are_refused(board, ana, on):
    content = findings(ki67(2, **A), coded("grade", "G3", **B), coded("differentiation", "poor", on))
    [question] = asked(look(board, ana, content), "specimens")
    assert "may be of either" in question and "Differentiation" in question
    bring(board, ana, content)
    assert pathology() == NOTHING


def test_what_may_be_of_the_specimen_that_is_left_out_is_not_taken_either(board, ana):
    content = findings(
        ki67(2, **A), coded("grade", "G1", **A), coded("grade", "G1", **B), coded("differentiation", "poor")
    )
    assert "may be of either" in told(look(board, ana, content))
    bring(board, ana, content)
    assert pathology()[:3] == ("2", "G1", "not_recorded")
    older = findings(ki67(3, LATER, **A), ki67(1, DAY, **B), coded("differentiation", "well", LATER), number="B-2")
    bring(board, ana, older)
    assert pathology()[:3] == ("3", "G1", "well")


def test_an_older_finding_does_not_win_where_the_newer_one_says_what_stands(board, ana):
    bring(board, ana, findings(ki67(2, "2026-05-01")))
    content = findings(ki67(2, LATER), ki67(60, DAY), number="B-2")
    bring(board, ana, content)
    assert (facts().ki67_percent, facts().pathology_on) == ("2", PartialDate(2026, 5, 9))


def test_two_uploads_of_one_day_are_one_days_findings(board, ana):
    """The names of specimens are kept nowhere."""
    bring(board, ana, findings(ki67(2, **A)))
    bring(board, ana, findings(coded("grade", "G3", **B), number="B-2"))
    assert pathology() == ("2", "G3", "not_recorded", "", PartialDate(2026, 5, 3))
