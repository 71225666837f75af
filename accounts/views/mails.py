"""The mailbox of the demo: public within it, so that an invited person finds their link; 404 elsewhere."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Mail
from common.paging import key_page


@login_not_required
def mailbox(request: HttpRequest) -> HttpResponse:
    _demo_only()
    page = key_page(Mail.objects.defer("body"), order=("-pk",), params=request.GET)
    return render(request, "accounts/mails/list.html", {"page": page})


@login_not_required
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    _demo_only()
    return render(request, "accounts/mails/mail.html", {"mail": get_object_or_404(Mail, pk=pk)})


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404
