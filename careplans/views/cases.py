from django.http import Http404, HttpRequest, HttpResponse


def cases(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def case_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def case(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def case_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def case_move(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def timeline(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
