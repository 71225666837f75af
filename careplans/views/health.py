from django.http import Http404, HttpRequest, HttpResponse


def health(request: HttpRequest, **kwargs: int) -> HttpResponse:
    raise Http404
