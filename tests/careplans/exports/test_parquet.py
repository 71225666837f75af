"""Parquet has typed columns and carries the dictionary; DuckDB and pandas read it as any other."""

import io
import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from careplans.exports import parquet_file
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.exports.makers import file_of, make_export

pyarrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(pages, board, ana):
    case = makers.make_case(board, by=ana)
    type(case.proforma).objects.filter(case=case).update(ki67_percent="3-5", diagnosed_on="2024-05", grade="g1")
    return case


def read(export):
    return parquet.read_table(io.BytesIO(file_of(export)))


def test_columns_have_their_types(case, ana):
    schema = read(make_export(ana, "cases", "parquet")).schema
    assert schema.field("id").type == pyarrow.int64()
    assert schema.field("created_at").type == pyarrow.timestamp("us", tz="UTC")
    assert schema.field("proforma.diagnosed_on_from").type == pyarrow.date32()
    assert schema.field("proforma.ki67_percent_low").type == pyarrow.decimal128(18, 6)
    assert pyarrow.types.is_dictionary(schema.field("status").type)
    assert schema.field("proforma.other_metastatic_sites").type == pyarrow.list_(pyarrow.string())


def test_values_are_what_was_recorded(case, ana):
    row = read(make_export(ana, "cases", "parquet")).to_pylist()[0]
    assert (row["proforma.ki67_percent"], row["proforma.ki67_percent_low"], row["proforma.ki67_percent_high"]) == (
        "3-5", Decimal(3), Decimal(5),
    )  # fmt: skip
    assert (row["proforma.diagnosed_on_from"], row["proforma.diagnosed_on_until"]) == (
        date(2024, 5, 1),
        date(2024, 5, 31),
    )
    assert row["proforma.grade"] == "g1"
    assert isinstance(row["created_at"], datetime) and row["created_at"] == case.created_at


def test_the_schema_carries_the_dictionary(case, ana):
    schema = read(make_export(ana, "cases", "parquet")).schema
    told = json.loads(schema.field("proforma.ki67_percent").metadata[b"dictionary"])
    assert (told["unit"], told["source"]) == ("%", "careplans_proforma.ki67_percent")
    assert {entry["field"] for entry in json.loads(schema.metadata[b"dictionary"])} >= {"proforma.grade", "status"}


def test_several_groups_make_one_table(case, board, ana, monkeypatch):
    monkeypatch.setattr(parquet_file, "GROUP", 2)
    for number in range(5):
        makers.make_case(board, by=ana, record_number=f"SYN-{number + 20}")
    export = make_export(ana, "cases", "parquet")
    assert parquet.ParquetFile(io.BytesIO(file_of(export))).num_row_groups == 3
    assert read(export).num_rows == 6


def test_without_rows_it_has_its_columns(board, ana):
    export = make_export(ana, "advisories", "parquet")
    assert (read(export).num_rows, export.rows) == (0, 0)


def test_where_pyarrow_is_missing_the_refusal_says_what_to_do(case, ana, monkeypatch):
    monkeypatch.setattr(parquet_file, "is_possible", lambda: False)
    response = Api(ana).post("/exports/", {"what": "cases", "form": "parquet"})
    assert response.status_code == 400
    assert "requirements-export.txt" in response.json()["errors"][0]["detail"]
