from django.http import Http404, HttpRequest, HttpResponse


def plan_submit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def signoff(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_recall(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_release(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def delegate(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
