from django.http import Http404, HttpRequest, HttpResponse


def proforma(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def proforma_save(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def proforma_history(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def therapy_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def therapy_withdraw(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
