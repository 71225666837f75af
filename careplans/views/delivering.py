from django.http import Http404, HttpRequest, HttpResponse


def step_deliver(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
