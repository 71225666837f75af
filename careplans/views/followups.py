from django.http import Http404, HttpRequest, HttpResponse


def followups(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def followup_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def followup(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def schedules(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def schedule_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def schedule(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
