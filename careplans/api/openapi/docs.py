"""The OpenAPI document, and a page that tells it. Both for people who are signed in.

The page is our own. Swagger UI (drf-spectacular's split view, files from drf-spectacular-sidecar 2026.10.1) asks for `data:`
images that our CSP refuses, fails axe in five ways (76 contrasts, 58 buttons with a link inside) and is 400 px wide on a
phone, even inside our own template; Redoc writes inline styles and shows only its error under that CSP.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from careplans.api.http.authentication import BearerAuthentication, TokenAuthentication
from careplans.api.openapi.reading import read_document
from careplans.api.paging import MAX_PAGE_SIZE, PAGE_SIZE


class SchemaView(SpectacularAPIView):
    authentication_classes = (TokenAuthentication, BearerAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)


def docs(request: HttpRequest) -> HttpResponse:
    context = {"reading": read_document(), "page_size": PAGE_SIZE, "max_page_size": MAX_PAGE_SIZE}
    return render(request, "careplans/api/docs.html", context)
