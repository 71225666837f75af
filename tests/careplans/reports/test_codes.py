"""Codes that stand as words in the SQL of the reports are codes of the record: a state or a kind of event that gets another name
would be counted by nobody, and no figure would say so."""

import re

import pytest
from django.apps import apps

from careplans.readers.timeline import VERBS
from careplans.reports.contents import ALL

COMPARED = re.compile(r"\b\w+\.(kind|status|new|old|phase|reason)\s*(?:=|<>|IN|NOT IN)\s*('\w+'|\([^()]*\))")
WORD = re.compile(r"'(\w+)'")


def _choices(name):
    """Of every column of the record with this name, the codes."""
    columns = [one for model in apps.get_models() for one in model._meta.get_fields() if one.name == name]
    return {code for one in columns for code, _ in getattr(one, "flatchoices", None) or ()}


def codes_of(column):
    if column in ("new", "old"):
        return _choices("status")
    return _choices(column) | (set(VERBS) if column == "kind" else set())


def compared(report):
    """Each column with each code that the report compares it with."""
    parts = [report.unit, *(part for one in report.measures for part in (one.where, one.among))]
    for column, codes in COMPARED.findall(" ".join(parts)):
        for code in WORD.findall(codes):
            yield column, code


@pytest.mark.parametrize("report", ALL, ids=lambda one: one.name)
def test_each_code_that_a_report_names_is_one_of_the_record(report):
    own = {code for one in report.dimensions for code in one.codes or ()}
    assert [(column, code) for column, code in compared(report) if code not in codes_of(column) | own] == []


def test_it_would_find_one():
    found = [one for report in ALL for one in compared(report)]
    assert len(found) > 60
    assert ("kind", "facts_marked_under_plan") in found and ("status", "entered_in_error") in found
    assert "facts_marked" not in codes_of("kind") and "in_error" not in codes_of("status")
