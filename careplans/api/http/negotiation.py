"""In which form an answer goes out: JSON, and a list also as CSV or NDJSON, by `Accept` or by `?format=`, since a browser cannot
set a header. Whoever asks for another form is told which there are (406), after they were let in."""

from collections.abc import Iterable, Sequence

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

FORMAT = "format"
JSON, CSV, NDJSON = "json", "csv", "ndjson"
MEDIA = {JSON: "application/json", CSV: "text/csv", NDJSON: "application/x-ndjson"}
# Other names of the same forms.
ALSO = {"application/ndjson": NDJSON, "application/jsonl": NDJSON}


class LaterNegotiation(BaseContentNegotiation):
    """REST framework asks before it knows who comes; `form_of` answers afterwards. A refusal is JSON in any case."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        json = next(iter(renderers))
        return json, json.media_type or MEDIA[JSON]


def form_of(request: Request, forms: Sequence[str], elsewhere: str = "") -> str:
    """The one of these forms that the caller likes best; the first where they do not mind. Raises NotAcceptable (406), which says
    what there is `elsewhere`."""
    asked = request.query_params.getlist(FORMAT)
    if asked:
        if len(asked) == 1 and asked[0] in forms:
            return asked[0]
        raise NotAcceptable(_there_are(forms, f"?{FORMAT}=", elsewhere))
    header = request.headers.get("Accept", "").strip() or "*/*"
    liked = {form: max(quality(header, media) for media in _names(form)) for form in forms}
    best = max(forms, key=lambda form: liked[form])
    if not liked[best]:
        raise NotAcceptable(_there_are(forms, "Accept", elsewhere))
    return best


def quality(header: str, media: str) -> float:
    """How much an `Accept` header likes this media type, from 0 (not at all) to 1: the most specific range that fits counts
    (RFC 9110, 12.5.1). A weight that cannot be read is 1."""
    ranges = [_range(one, media) for one in header.split(",")]
    fits = [found for found in ranges if found[0]]
    return max(fits)[1] if fits else 0.0


def _range(text: str, media: str) -> tuple[int, float]:
    name, *params = (part.strip().lower() for part in text.split(";"))
    main = media.partition("/")[0]
    specific = {media: 3, f"{main}/*": 2, "*/*": 1}.get(name, 0)
    weight = next((one.partition("=")[2] for one in params if one.partition("=")[0].strip() == "q"), "1")
    return specific, weight_of(weight)


def weight_of(text: str) -> float:
    try:
        weight = float(text.strip() or 1)
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0


def _names(form: str) -> list[str]:
    return [MEDIA[form], *(name for name, other in ALSO.items() if other == form)]


def _there_are(forms: Sequence[str], where: str, elsewhere: str) -> str:
    told = ", ".join(form if where.startswith("?") else MEDIA[form] for form in forms)
    alone = " This address answers in JSON alone." if list(forms) == [JSON] else ""
    return f"There is no such form in {where}. There is: {told}.{alone}{f' {elsewhere}' if elsewhere else ''}"
