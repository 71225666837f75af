"""Where a system fetches its token, and where programs read how (RFC 8414, SMART backend services)."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET

from accounts import oauth
from accounts.addresses import address_of
from accounts.services.limits import TooMany
from accounts.services.system_access import prove_system, record_token
from accounts.services.systems import OPEN_TO_SYSTEMS

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@csrf_exempt
@login_not_required
@sensitive_post_parameters("client_secret")
@sensitive_variables("found", "body")
def oauth_token(request: HttpRequest) -> HttpResponse:
    """RFC 6749, 4.4: client id and secret against a token for an hour. Each refusal is JSON, as its 5.2 says."""
    if request.method != "POST":
        return _refusal("invalid_request", "Send a POST.", status=405, headers={"Allow": "POST"})
    address = address_of(request)
    try:
        found = oauth.credentials_of(request)
        system = prove_system(*found, address=address) if found else None
    except oauth.Malformed as fault:
        return _refusal("invalid_request", str(fault))
    except TooMany as full:
        words = f"Too many requests. Wait {full.seconds} seconds, and keep a token until it ends."
        return _refusal("temporarily_unavailable", words, status=429, headers={"Retry-After": str(full.seconds)})
    headers, body, status = oauth.answer(request, system)
    if status == 200 and system is not None:
        record_token(system, scope=json.loads(body)["scope"], address=address)
    if status == 401:
        headers = headers | {"WWW-Authenticate": 'Basic realm="Consilium"'}
    return HttpResponse(body, status=status, headers=headers | NO_STORE | {"Content-Type": "application/json"})


@login_not_required
@require_GET
def oauth_metadata(request: HttpRequest) -> JsonResponse:
    """RFC 8414."""
    return JsonResponse({"issuer": settings.BASE_URL, "response_types_supported": []} | _endpoint())


@login_not_required
@require_GET
def smart_configuration(request: HttpRequest) -> JsonResponse:
    """As SMART's backend services look for it, with a secret instead of a key."""
    return JsonResponse({"capabilities": ["client-confidential-symmetric"]} | _endpoint())


def _endpoint() -> dict[str, Any]:
    return {
        "token_endpoint": f"{settings.BASE_URL}{reverse('accounts:oauth_token')}",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": list(OPEN_TO_SYSTEMS),
    }


def _refusal(error: str, words: str, *, status: int = 400, headers: dict[str, str] | None = None) -> HttpResponse:
    told = {"error": error, "error_description": words}
    return JsonResponse(told, status=status, headers=NO_STORE | (headers or {}))
