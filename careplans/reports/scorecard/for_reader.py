"""What somebody is shown of a figure: the board reads its own as they are, who counts from outside none of few patients.

The one place where the scorecard suppresses anything.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from accounts.models import Role, User
from accounts.permissions import membership_on
from careplans.reports.figures import Share, Span
from careplans.reports.scorecard.declared import Figure

# Fewer than these are not shown beyond the board.
SMALLEST = 5


class Hidden:
    """In the place of a figure that would tell of too few."""

    def __repr__(self) -> str:
        return "hidden"


HIDDEN = Hidden()


def for_reader(figure: Figure, person: User, boards: Collection[int]) -> Figure:
    """The same figure, with what is too small for this person hidden: their role is that of an analyst on one of the boards."""
    if all(_is_of_the_board(person, board) for board in boards):
        return figure
    return replace(
        figure, now=shown(figure.now), before=shown(figure.before),
        detail={name: shown(one) for name, one in figure.detail.items()},
        apart=[(at, shown(one)) for at, one in figure.apart],
    )  # fmt: skip


def _is_of_the_board(person: User, board: int) -> bool:
    membership = membership_on(person, board)
    return membership is not None and membership.role != Role.ANALYST


def shown(figure: Any) -> Any:
    """Nothing at all is told, some but few are not; nor is a share that lacks but few of the whole."""
    return HIDDEN if any(0 < size < SMALLEST for size in _sizes(figure)) else figure


def _sizes(figure: Any) -> tuple[int, ...]:
    if isinstance(figure, Share):
        return figure.count, figure.among, figure.among - figure.count
    return (figure.count if isinstance(figure, Span) else figure or 0,)
