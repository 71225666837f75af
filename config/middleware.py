"""What stands before everything else: how machines ask, and a proxy that nobody told Consilium about."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]
PROBES = frozenset({"/health/live/", "/health/ready/", "/health/", "/metrics/"})
UNTOLD = (
    "The proxy says that this request came over HTTPS, and Consilium does not believe it: it would redirect for ever."
    " If the proxy always sets X-Forwarded-Proto itself, set BEHIND_PROXY=on and start Consilium again.\n"
)
COMPRESSED = (
    "text/",
    "application/json",
    "application/x-ndjson",
    "application/vnd.oai.openapi",
    "application/javascript",
    "image/svg+xml",
)
logger = logging.getLogger(__name__)


class ProbesMiddleware:
    """Load balancers and monitors ask by address; what they are answered names nobody and builds no link."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"
        return self.get_response(request)


class ProxyMiddleware:
    """Behind a proxy with TLS that it must not believe, Consilium would redirect to HTTPS without end. It says so instead."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_untold = settings.SECURE_SSL_REDIRECT and not settings.BEHIND_PROXY and not request.is_secure()
        if is_untold and request.headers.get("X-Forwarded-Proto") == "https" and request.path_info not in PROBES:
            logger.error("a proxy speaks HTTPS, and BEHIND_PROXY is off")
            return HttpResponse(UNTOLD, status=400, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class CompressingMiddleware(GZipMiddleware):
    """Words become a tenth as long on their way; images and PDFs are compressed already, and would only cost time.

    What answers an address that holds words of whoever made the link is left as it is, so that its length says nothing of a
    secret beside them; but not where the caller shows a token, which no link brings along. docs/security.md
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_text = response.get("Content-Type", "").startswith(COMPRESSED)
        may_be_a_link = bool(request.META.get("QUERY_STRING")) and "Authorization" not in request.headers
        if not is_text or may_be_a_link or _tells_its_length(response):
            return response
        if not takes_gzip(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer


def _tells_its_length(response: HttpResponseBase) -> bool:
    """A list that goes out whole over HTTP/1.0: by its length the reader knows whether they have all of it."""
    return response.streaming and "Content-Length" in response


def takes_gzip(header: str) -> bool:
    """Whether `Accept-Encoding` takes it: Django looks for the word alone, also where its weight says no (`gzip;q=0`)."""
    weights: dict[str, float] = {}
    for one in header.lower().split(","):
        name, _, params = one.partition(";")
        weight = params.replace(" ", "").partition("q=")[2] or "1"
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            weights[name.strip()] = 1.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
