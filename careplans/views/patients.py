from django.http import Http404, HttpRequest, HttpResponse


def patients(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def patient_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def patient(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def patient_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
