from django.http import Http404, HttpRequest, HttpResponse


def plan_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_save(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_print(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_compare(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_amend(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def plan_close(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
