from django.http import Http404, HttpRequest, HttpResponse


def step_new(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def steps_reorder(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def step_edit(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def step_save(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def step_move(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def step_remove(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
