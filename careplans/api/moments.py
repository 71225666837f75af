"""How a caller says of which day, and by what had been recorded until when."""

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.reading import NAME as PROJECT

HOW = "A day (2026-03-01: its end, by the clock of the centre), a moment (2026-03-01T12:00:00Z), or `now`."
AS_OF = OpenApiParameter("as_of", str, description=f"Nothing is told that happened later. {HOW} Without it: now.")
KNOWN_BY = OpenApiParameter(
    "known_by", str,
    description=f"Nothing is told that was written later. {HOW} Without it: as `as_of`, so that the answer stays the same; `now` "
    "takes in what was recorded late, and corrections.",
)  # fmt: skip


def check_asked(request: Request, *known: OpenApiParameter) -> dict[str, str]:
    """What was sent, each once; 400 for what there is not."""
    names, params = [one.name for one in known], request.query_params
    errors = {
        name: f"There is no such parameter. There are: {', '.join(names)}."
        for name in params
        if name not in names and name != PROJECT
    }
    errors |= {name: "Send it once." for name in names if len(params.getlist(name)) > 1}
    if errors:
        raise ValidationError(errors)
    return {name: params[name] for name in names if name in params}
