"""The scorecard in plain values, for programs; and in words, for pages."""

from fractions import Fraction
from typing import Any

from careplans.reports.figures import Hidden, Share, Span, half_up, percent
from careplans.reports.scorecard.contents import NOT_COUNTED
from careplans.reports.scorecard.declared import LEAST_COMPARED, Figure, Indicator
from careplans.reports.scorecard.figures import Scorecard
from careplans.reports.told import SHARE, SPAN, told_figure

PARTS = tuple(dict.fromkeys((*SHARE, *SPAN)))


def told(scorecard: Scorecard) -> dict[str, Any]:
    since, until = scorecard.before
    return {
        **scorecard.asked.told, "since": scorecard.since, "until": scorecard.until,
        "before": {"since": since, "until": until}, "rows_left_out": scorecard.has_left_out,
        "results": [_told(one) for one in scorecard.figures],
        "not_counted": [{"words": what, "why": why} for what, why in NOT_COUNTED],
    }  # fmt: skip


def described(indicator: Indicator) -> dict[str, Any]:
    return {
        "name": indicator.name, "group": str(indicator.group), "title": indicator.title, "definition": indicator.says,
        "numerator": indicator.numerator, "denominator": indicator.denominator, "exclusions": indicator.exclusions,
        "sources": indicator.source, "better": str(indicator.better), "kind": str(indicator.kind), "unit": indicator.measure.unit,
        "report": indicator.report.name, "measure": indicator.measure_name,
    }  # fmt: skip


def _told(figure: Figure) -> dict[str, Any]:
    return described(figure.indicator) | {
        "figure": parts(figure.now),
        "before": None if figure.before is None else parts(figure.before),
        "change": change(figure.now, figure.before),
        "left_out": [
            {"measure": name, "words": figure.indicator.report.measure(name).label, "figure": parts(one)}
            for name, one in figure.left_out.items()
        ],
        "detail": {name: parts(one) for name, one in figure.detail.items()},
        "apart": [{"at": [_plain(value) for value in at], "figure": parts(one)} for at, one in figure.apart],
    }


def parts(figure: Any) -> dict[str, Any]:
    """Every part by its name, null where this kind of figure has none; all null and `suppressed` where it is not shown."""
    if isinstance(figure, Hidden):
        return {"suppressed": True} | dict.fromkeys(PARTS)
    known = told_figure(figure)
    return {"suppressed": False} | dict.fromkeys(PARTS) | (known if isinstance(known, dict) else {"count": known})


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def words(figure: Any, unit: str = "") -> str:
    """The figure in short: “75 %”, “12 days”, “4”; empty where there is none."""
    if isinstance(figure, Hidden):
        return "too few to show"
    if isinstance(figure, Share):
        return percent(figure.exact, 1) if figure.among else ""
    if isinstance(figure, Span):
        return "" if figure.median is None else f"{number(figure.median)} {units(figure.median, unit)}"
    return str(figure)


def beside(figure: Any) -> list[str]:
    """What belongs with it: of how many, the interval, how it is spread. Nothing where there is no figure."""
    if isinstance(figure, Share):
        low, high = figure.edges or (None, None)
        if low is None or high is None:
            return []
        return [f"{figure.count} of {figure.among}", f"95 % interval {percent(low, 1)} to {percent(high, 1)}"]
    if isinstance(figure, Span) and figure.median is not None:
        half = f"half of them {number(figure.lower)} to {number(figure.upper)}" if figure.lower is not None else ""
        whole = f"all {figure.least} to {figure.most}" if figure.least is not None else ""
        return [f"median of {figure.count}", *filter(None, [", ".join(filter(None, (half, whole)))])]
    return []


def left_out(figure: Figure) -> list[str]:
    """“16: no day of diagnosis”, for each reason for which something was left out."""
    told = [(figure.indicator.report.measure(name).label, one) for name, one in figure.left_out.items()]
    return [f"{words(one)}: {label[0].lower()}{label[1:]}" for label, one in told if one]


def change(now: Any, before: Any) -> str:
    """Against the period before; empty where one of the two has no figure. Shares and medians of few are not compared."""
    if isinstance(now, Hidden) or isinstance(before, Hidden) or before is None:
        return ""
    if not _has_some(now) or not _has_some(before):
        return ""
    if min(_size(now), _size(before)) < LEAST_COMPARED:
        return f"too few to compare: fewer than {LEAST_COMPARED}"
    by = half_up(_comparable(now) - _comparable(before), 1)
    unit = " points" if isinstance(now, Share) else ""
    return "as before" if not by else f"{'up' if by > 0 else 'down'} {number(float(abs(by)))}{unit}"


def _has_some(figure: Any) -> bool:
    return not isinstance(figure, Share | Span) or _size(figure) > 0


def _size(figure: Any) -> int:
    """Of how many it is. A count is of all that there are, however few."""
    if isinstance(figure, Share):
        return figure.among
    return figure.count if isinstance(figure, Span) else LEAST_COMPARED


def _comparable(figure: Any) -> Fraction:
    if isinstance(figure, Share):
        return figure.exact * 100
    return Fraction(str(figure.median)) if isinstance(figure, Span) else Fraction(figure)


def number(value: float | None) -> str:
    """Without a nought behind the point."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def units(value: float, unit: str) -> str:
    return unit.removesuffix("s") if value == 1 else unit
