from django.http import Http404, HttpRequest, HttpResponse


def reminders(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def send_again(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def snooze_step(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def snooze_followup(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
