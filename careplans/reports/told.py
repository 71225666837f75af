"""Answers in plain values: what JSON, files and pages are written from. One place, so that they say the same."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from careplans.reports.answering import Answer, Row
from careplans.reports.asked import Asked
from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.figures import Hidden, Share, Span

# In a table, in the place of a figure that would tell of too few.
NOT_SHOWN = "not shown"
SHARE = ("count", "among", "share", "low", "high")
SPAN = ("count", "least", "lower_quartile", "median", "upper_quartile", "most")


def told(answer: Answer) -> dict[str, Any]:
    report = answer.asked.report
    return {
        "report": report.name,
        **answer.asked.told,
        "results": [told_row(report, row) for row in answer.rows],
        "total": told_row(report, answer.total),
        "withheld": told_withheld(answer),
    }


def told_withheld(answer: Answer) -> dict[str, Any]:
    return {"smallest": answer.smallest, "figures": answer.withheld, "rows": answer.has_left_out}


def told_row(report: Report, row: Row) -> dict[str, Any]:
    return dict(row.at) | {one.name: told_figure(row.figures[one.name]) for one in report.measures}


def told_figure(figure: Any) -> Any:
    """None where it is not shown."""
    if isinstance(figure, Hidden):
        return None
    if isinstance(figure, Share):
        low, high = figure.interval or (None, None)
        return dict(zip(SHARE, (figure.count, figure.among, figure.share, low, high), strict=True))
    if isinstance(figure, Span):
        return dict(zip(SPAN, asdict(figure).values(), strict=True))
    return figure


def unit_columns(report: Report) -> dict[str, str]:
    """What is told of a row behind a figure beside case, plan and day: each name with its column of the unit."""
    return {one.name: one.column for one in report.dimensions} | {name: name for name in report.shown}


def told_unit(asked: Asked, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row behind a figure."""
    cells = {name: row[column] for name, column in unit_columns(asked.report).items()}
    return {"case": row["case_id"], "plan": row["plan_id"], "day": row["day"], "cells": cells}


def figure_columns(measure: Measure) -> list[str]:
    parts: Mapping[Kind, tuple[str, ...]] = {Kind.SHARE: SHARE, Kind.SPAN: SPAN}
    return [f"{measure.name}_{part}" for part in parts[measure.kind]] if measure.kind in parts else [measure.name]


def described(report: Report) -> dict[str, Any]:
    """What it is, in words, and what it can be asked."""
    return {
        "name": report.name, "title": report.title, "question": report.question, "definition": list(report.says),
        "period": report.period, "sources": report.source, "rows": report.noun, "by": list(report.by),
        "dimensions": [
            {"name": one.name, "words": one.label, "definition": one.says, "codes": dict(one.codes or {}), "noun": one.noun}
            for one in report.dimensions
        ],
        "measures": [
            {"name": one.name, "words": one.label, "definition": one.says, "kind": str(one.kind), "unit": one.unit}
            for one in report.measures
        ],
    }  # fmt: skip
