"""What a report is not asked for is refused: a misspelt filter never returns everything."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from rest_framework.request import Request

from accounts.reading import NAME as PROJECT
from careplans.readers.known.summaries import Standing


def check_params(request: Request, known: Collection[str]) -> None:
    """Each given once, with a value, and known. `by` may be empty: one figure for all."""
    params = request.query_params
    errors: dict[str, str] = {}
    for name, values in params.lists():
        if name not in known and name not in ("format", PROJECT):
            errors[name] = f"There is no parameter of this name. There are: {', '.join(known) or 'none'}."
        elif len(values) > 1:
            errors[name] = "Give one value: this one is given more than once."
        elif not str(values[0]).strip() and name != "by":
            errors[name] = "Give a value, or leave this out."
    if errors:
        raise ValidationError(errors)


def age_of(summary: Standing | None) -> dict[str, str]:
    """`Age`, in seconds, of what was worked out beforehand. In the head alone: the answer itself is that of its moment, whatever
    gave it."""
    return {"Age": str(summary.seconds)} if summary else {}
