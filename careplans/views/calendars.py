import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.services.calendars import owner_of
from careplans.readers.calendar_feed import as_ical, dates_of


@login_not_required
@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The dates of whoever the secret belongs to, for a calendar program that has no session.

    Unknown, revoked, or of somebody who has left: such a page does not exist.
    """
    user = owner_of(secret)
    if user is None:
        raise Http404
    dates = dates_of(user)
    audit.record("read", by=user, subject=("calendar", str(user.pk)), data={"dates": [one.uid for one in dates]})
    body = as_ical(dates)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Content-Disposition"] = 'inline; filename="consilium.ics"'
    answer = get_conditional_response(request, etag=etag, response=response) or response
    answer["Cache-Control"] = "private"
    return answer
