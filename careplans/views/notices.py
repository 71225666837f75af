"""A person's notices, by the case that they are about. Opening and marking them is the accounts'."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.access import visible_notices
from accounts.http import SignedInRequest
from careplans.readers.work.notice_cases import by_case
from common.paging import key_page

# In the address, for those that nobody has opened yet.
UNREAD = "unread"


@require_GET
def notices(request: SignedInRequest) -> HttpResponse:
    """The person's own; unread ones first, each part newest first, and those about one case together."""
    only_unread = request.GET.get("show") == UNREAD
    rows = visible_notices(request.user).for_page()
    rows = rows.filter(read_at=None) if only_unread else rows
    page = key_page(rows, order=("is_read", "-pk"), params=request.GET)
    audit.record_many("list", by=request.user, kind="notice", board_id=None, ids=[row.pk for row in page])
    groups = by_case(list(page), request.user)
    unread = [pk for group in groups for pk in group.unread]
    context = {"nav": "notices", "page": page, "groups": groups, "unread": unread, "only_unread": only_unread}
    return render(request, "careplans/notices/list.html", context)
