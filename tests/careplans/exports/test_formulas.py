"""What somebody typed is no formula in a spreadsheet, whichever way the table is fetched: whoever opens it runs nothing."""

import csv
import io
import re
import zipfile

import pytest

from accounts.models import User
from careplans.models import Case, FollowUp
from careplans.services.patients import change_patient
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.exports.makers import file_of, make_export
from tests.careplans.reports.delivering import Delivery, on

pytestmark = pytest.mark.django_db
TYPED = (
    '=HYPERLINK("https://evil.example","x")', "+1+cmd|' /C calc'!A0", "-1+cmd", "@SUM(A1)", "\N{MINUS SIGN}1", "\uff1d1+1",
    "\N{NO-BREAK SPACE}=1+1", "\u200b=1+1",
)  # fmt: skip
A_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@pytest.fixture
def told(board, ana, chloe):
    """Each of these is a title of a case, a family name, what a step says and the title of a follow-up."""
    do, found = Delivery(board, ana, chloe), []
    with on(3, 1):
        for text in TYPED:
            plan, (step,) = do.draft({"rationale": text, "description": text})
            case = plan.case
            Case.objects.filter(pk=case.pk).update(title=text)
            case.patient.refresh_from_db()
            change_patient(case.patient, by=ana, expected_version=case.patient.version, family_name=text)
            row = makers.make_follow_up(case, by=ana, title="x", kind="other")
            FollowUp.objects.filter(pk=row.pk).update(title=text)
            found.append(step)
    return found


def cells_of(content):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return [cell for row in rows[1:] for cell in row]


def of_export(person, what):
    return [file_of(make_export(person, what, "csv"))]


def of_dataset(person, what):
    with zipfile.ZipFile(io.BytesIO(file_of(make_export(person, "everything", "dataset")))) as whole:
        return [whole.read(name) for name in whole.namelist() if name.endswith(".csv")]


def of_list(person, what):
    answer = Api(person).client.get(f"/api/v1/{what}/", headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    return [b"".join(answer.streaming_content) if answer.streaming else answer.content]


@pytest.mark.parametrize(
    ("way", "what"),
    [
        *((way, what) for way in (of_export, of_list) for what in ("cases", "steps", "follow-ups", "patients")),
        (of_dataset, "everything"),
    ],
)  # fmt: skip
def test_nothing_that_was_typed_is_run(told, ana, way, what):
    cells = [cell for content in way(ana, what) for cell in cells_of(content)]
    for text in TYPED:
        assert f"'{text}" in cells, text
        assert text not in cells, text
    risky = {cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))}
    assert {cell for cell in risky if not A_NUMBER.fullmatch(cell)} == set()


def test_a_name_of_a_colleague_is_none_either(told, ana, chloe):
    User.objects.filter(pk=ana.pk).update(name="=1+1")
    for content in (*of_export(chloe, "steps"), *of_list(chloe, "steps")):
        assert "=1+1" not in cells_of(content)
