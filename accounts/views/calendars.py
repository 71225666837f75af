from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.services.calendars import make_calendar_key, revoke_calendar_key


@require_POST
def calendar_make(request: SignedInRequest) -> HttpResponse:
    """Shows the new address, this once: it stands in no row and can be read nowhere again."""
    secret = make_calendar_key(request.user, by=request.user)
    address = f"{settings.BASE_URL}{reverse(settings.CALENDAR_FEED_URL, args=[secret])}"
    return render(request, "accounts/calendars/made.html", {"nav": "settings", "address": address})


@require_POST
def calendar_revoke(request: SignedInRequest) -> HttpResponse:
    revoke_calendar_key(request.user, by=request.user)
    messages.success(request, "The address of your calendar works no more.")
    return redirect("accounts:settings")
