from django.http import Http404, HttpRequest, HttpResponse


def my_work(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404


def board_home(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
