from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import get_own, visible_notices
from accounts.http import SignedInRequest
from accounts.services.notices import mark_read, mark_these_read
from common.figures import read_key

# More keys than a page shows.
LONGEST = 1000


def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Marks the notice as read and goes to what it speaks of."""
    found = get_own(visible_notices(request.user), request.user, pk)
    mark_read(found, by=request.user)
    if found.path.startswith("/") and url_has_allowed_host_and_scheme(found.path, allowed_hosts=None):
        return redirect(found.path)
    return redirect(settings.NOTICES_URL)


@require_POST
def notices_read(request: SignedInRequest) -> HttpResponse:
    """Those that the page showed, by their keys; an address or a form of before names none."""
    shown = {key for text in request.POST.get("shown", "")[:LONGEST].split() if (key := read_key(text)) is not None}
    count = mark_these_read(shown, by=request.user)
    messages.success(request, f"{count} notice{'' if count == 1 else 's'} marked as read.")
    return redirect(settings.NOTICES_URL)
