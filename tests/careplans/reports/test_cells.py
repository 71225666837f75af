"""CSV files as a spreadsheet takes them. No database."""

import ast
import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from careplans.reports.views.cells import csv_file
from common.cells import plain, plain_number_or_text

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−", "⁺"])
@pytest.mark.parametrize("before", ["", " ", "   ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\ufeff", " \x00 "])
def test_a_formula_is_text_whatever_comes_before_it(sign, before):
    text = f'{before}{sign}HYPERLINK("https://example")'
    assert plain(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "PRRT", "a=b", "Müller, Ana", "5 + 3", "(-1)", "…"])
def test_other_text_stays_as_it_is(text):
    assert plain(text) == text


@pytest.mark.parametrize("number", [0, -3, -2.5, Decimal("-1.5")])
def test_a_number_stays_a_number(number):
    assert plain(number) == str(number)


def test_accents_are_right_when_a_spreadsheet_opens_it():
    """Excel goes by the mark at the start, and by nothing else."""
    content = csv_file("names", ["Name"], [["Müller, García, Ørsted"]]).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [["Name"], ["Müller, García, Ørsted"]]


def test_it_is_a_file_with_a_name():
    response = csv_file("overrides", ["Rule"], [])
    assert response["Content-Disposition"] == 'attachment; filename="overrides.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_no_other_module_writes_csv_but_lists_and_their_files():
    def writes_csv(path):
        return any(
            isinstance(node, ast.Attribute)
            and node.attr in ("writer", "DictWriter")
            and ast.unparse(node.value) == "csv"
            for node in ast.walk(ast.parse(path.read_text()))
        )

    product = [path for app in ("common", "accounts", "modalities", "careplans") for path in (ROOT / app).rglob("*.py")]
    writers = [str(path.relative_to(ROOT)) for path in product if writes_csv(path)]
    assert sorted(writers) == ["careplans/api/lists/tables.py", "careplans/exports/csv_file.py", "common/cells.py"]


@pytest.mark.parametrize(
    ("text", "cell"), [("-4.0", "-4.0"), ("12", "12"), ("-1+1", "'-1+1"), ("-٣", "'-٣"), ("<1", "<1")]
)
def test_a_number_that_comes_as_text_stays_one(text, cell):
    assert plain_number_or_text(text) == cell
