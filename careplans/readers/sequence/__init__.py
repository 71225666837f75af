"""A plan as a picture: its steps, gates, arms and follow-ups on a time axis. Plan in, SVG out; nothing is asked or written.

    sequence = sequence_of(plan, follow_ups=rows, today=board.today)   # from loaded rows to plain values
    pictures = picture(sequence, uid="plan-12")                        # two drawings and a table, for a page
    svg = plan_svg(plan, today=board.today, for_paper=True)            # one drawing by itself, for a PDF

`reading.py` and what it calls know the rows; everything that lays out and draws (`axis.py`, `layout.py`, `svg.py`, `table.py`,
`mini.py`) knows only the plain values of `what.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from careplans.models import FollowUp, Plan, Step
from careplans.readers.sequence.axis import Axis, axis_of
from careplans.readers.sequence.layout import lay_out
from careplans.readers.sequence.mini import mini
from careplans.readers.sequence.places import NARROW, WIDE, Frame
from careplans.readers.sequence.reading import PAST, sequence_of, slots_of
from careplans.readers.sequence.svg import draw
from careplans.readers.sequence.table import table
from careplans.readers.sequence.what import Sequence
from careplans.readers.sequence.words import heading, told

__all__ = [
    "NARROW",
    "WIDE",
    "Picture",
    "Sequence",
    "axis_of",
    "mini_of",
    "minis_of",
    "picture",
    "plan_svg",
    "sequence_of",
    "svg_of",
]


@dataclass(frozen=True)
class Picture:
    """What a page shows of a sequence: the style sheet chooses one of the two drawings by the room there is. All of it is HTML
    in which everything that people wrote is escaped."""

    sequence: Sequence
    wide: SafeString
    narrow: SafeString
    table: SafeString


def picture(
    sequence: Sequence, *, uid: str, axis: Axis | None = None, links: str = "", with_table: bool = True
) -> Picture:  # fmt: skip
    """`uid`: another one for each picture of a page; `axis`: shared with another one (`axis_of(one, other)`); `links`: the
    address of the page on which the steps stand, where that is another; `with_table`: not where one stands beside it."""
    shared = axis or axis_of(sequence)
    wide = svg_of(sequence, WIDE, uid=f"{uid}-w", axis=shared, css="c-sequence__wide")
    narrow = svg_of(sequence, NARROW, uid=f"{uid}-n", axis=shared, css="c-sequence__narrow")
    return Picture(
        sequence, SafeString(wide), SafeString(narrow), SafeString(table(sequence, links=links) if with_table else "")
    )


def svg_of(
    sequence: Sequence, frame: Frame = WIDE, *, uid: str, axis: Axis | None = None, for_paper: bool = False, css: str = ""
) -> str:  # fmt: skip
    drawing = lay_out(sequence, frame, axis or axis_of(sequence))
    return draw(drawing, uid=uid, title=heading(sequence), words=told(sequence), for_paper=for_paper, css=css)


def plan_svg(
    plan: Plan, steps: Iterable[Step] | None = None, follow_ups: Iterable[FollowUp] = (), *, today: date, uid: str = "plan",
    for_paper: bool = False, reads_text: bool = True, narrow: bool = False,
) -> str:  # fmt: skip
    """One drawing of a plan that comes from `for_detail()`; no query. `for_paper`: a file by itself, with its namespace, size
    and fonts, for a PDF. `follow_ups`: the rows of a plan that has been released (`FollowUp.objects.of_sequence(plan)`)."""
    sequence = sequence_of(plan, steps, follow_ups, today=today, reads_text=reads_text)
    return svg_of(sequence, NARROW if narrow else WIDE, uid=uid, for_paper=for_paper)


def mini_of(plan: Plan, steps: Iterable[Step]) -> SafeString:
    """The plan on one line of a list, some 160 by 28. Steps by their own columns (`MINI`); no query."""
    return SafeString(mini(slots_of(steps), name=f"Plan {plan.number}", shows_today=plan.status not in PAST))


# All that it reads of a step.
MINI = ("plan", "position", "phase", "status", "arm", "due_on", "removed_at")


def minis_of(plans: Iterable[Plan]) -> dict[int, SafeString]:
    """Of each plan of a list, by its key. One query, whatever their number."""
    rows: dict[int, list[Step]] = {plan.pk: [] for plan in plans}
    for step in Step.objects.filter(plan__in=list(rows), removed_at=None).only(*MINI).order_by("position", "id"):
        rows[step.plan_id].append(step)
    return {plan.pk: mini_of(plan, rows[plan.pk]) for plan in plans}
