from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.access import get_own, visible_notices
from accounts.http import SignedInRequest
from accounts.services.notices import mark_all_read, mark_read
from common.paging import key_page


def notices(request: SignedInRequest) -> HttpResponse:
    """The person's own; unread ones first, each part newest first."""
    page = key_page(visible_notices(request.user).for_page(), order=("is_read", "-pk"), params=request.GET)
    audit.record_many("list", by=request.user, kind="notice", board_id=None, ids=[row.pk for row in page])
    return render(request, "accounts/notices/list.html", {"nav": "notices", "page": page})


def notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Marks the notice as read and goes to what it speaks of."""
    found = get_own(visible_notices(request.user), request.user, pk)
    mark_read(found, by=request.user)
    if found.path.startswith("/") and url_has_allowed_host_and_scheme(found.path, allowed_hosts=None):
        return redirect(found.path)
    return redirect("accounts:notices")


@require_POST
def notices_read(request: SignedInRequest) -> HttpResponse:
    count = mark_all_read(by=request.user)
    messages.success(request, f"{count} notice{'' if count == 1 else 's'} marked as read.")
    return redirect("accounts:notices")
