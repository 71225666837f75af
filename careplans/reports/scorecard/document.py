"""docs/scorecard.md, written from the declarations; a test compares the two. Pure."""

from careplans.reports.declared import Kind
from careplans.reports.scorecard.contents import INDICATORS, NOT_COUNTED, SCORECARD_REPORTS, by_group
from careplans.reports.scorecard.declared import LEAST_COMPARED, Better, Indicator
from careplans.reports.shown import SMALLEST

KINDS = {Kind.COUNT: "a count", Kind.SHARE: "a share", Kind.SPAN: "a median, in {}"}
WAYS = {Better.HIGHER: "Higher is better.", Better.LOWER: "Lower is better.", Better.NEITHER: "Neither way is better."}
HEAD = f"""# The NET scorecard

`manage.py scorecard_document > docs/scorecard.md` writes this page from `careplans/reports/scorecard/`; a test fails
when it is not today's. The same words stand on the page `/reports/scorecard/` and in `GET /api/v1/scorecard/`.

- {len(INDICATORS)} indicators, each a measure of a report. The report answers for itself, too: by month, quarter or board
  (`GET /api/v1/reports/{{report}}/?by=month`), and down to its rows (`…/rows/?measure={{measure}}`).
- The period is `since` to `until`, both included; without them the 365 days before the day of the report. Each figure stands
  beside that of the time as long before it.
- `as_of`: nothing counts that happened later. `known_by`: nothing counts that was written later; without it, as `as_of`.
- A share has Wilson's interval of 95 %. Where there is nothing to have a share of, there is none. A median comes with quartiles,
  least and most.
- The board reads its own figures as they are. To an analyst none is shown that tells of fewer than {SMALLEST} patients but more
  than none, nor a share that lacks so few of the whole, nor what would tell one of these.
- “Left out” tells how many were left out, and for what, beside the figure. A change against the period before is told where both
  are of at least {LEAST_COMPARED}; of counts always.
- What lasts (a change that nobody has answered, a follow-up that is overdue, an advisory without an answer) counts at the end of
  the period, however long before it began. What is over counts once: a change in the period of its answer, a follow-up in that in
  which it was due, an advisory in that in which it fired.
"""


def written() -> str:
    parts = [HEAD, "\n## Not counted\n\n", *(f"- {what}: {_lower(why)}\n" for what, why in NOT_COUNTED)]
    for group, rows in by_group():
        parts += [f"\n## {group}\n", *(_indicator(one) for one in rows)]
    parts.append("\n## The reports behind it\n")
    parts += [_report(name, title, says, period) for name, title, says, period in _reports()]
    return "".join(parts)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _indicator(one: Indicator) -> str:
    lines = [
        f"### {one.title}",
        "",
        f"`{one.name}`: {KINDS[one.kind].format(one.measure.unit)}. {WAYS[one.better]}",
        "",
        one.says,
        "",
    ]
    told = {
        "Counted": one.numerator,
        "Of" if one.numerator else "Measured": one.denominator,
        "Left out": one.exclusions,
    }
    lines += [f"- {word}: {text}" for word, text in told.items() if text]
    lines += [f"- Source: {one.source}", f"- From: `{one.report.name}`, `{one.measure_name}`", ""]
    return "\n" + "\n".join(lines)


def _reports() -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(one.name, one.title, one.says, one.period) for one in SCORECARD_REPORTS]


def _report(name: str, title: str, says: tuple[str, ...], period: str) -> str:
    day = f"The period is about {period}." if period else "It has no period: it is as of a day."
    return "\n".join(["", f"### {title}", "", f"`{name}`. {day}", "", *(f"- {one}" for one in says), ""])
