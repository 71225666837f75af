"""What a program may say beside what it asks of a report, and what it is told of when that was worked out."""

from collections.abc import Collection

from rest_framework.request import Request

from careplans.readers.known.summaries import Standing
from careplans.reports.params import check_all

FORMAT = "format"


def check_params(request: Request, known: Collection[str]) -> None:
    """Raises as `check_all` does."""
    params = request.query_params.copy()
    params.pop(FORMAT, None)
    check_all(params, known)


def age_of(summary: Standing | None) -> dict[str, str]:
    """`Age`, in seconds, of what was worked out beforehand. In the head alone: the answer itself is that of its moment, whatever
    gave it."""
    return {"Age": str(summary.seconds)} if summary else {}
