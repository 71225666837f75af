"""The OpenAPI document, and the page that shows it. Both for people who are signed in."""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from careplans.api.authentication import TokenAuthentication


class SchemaView(SpectacularAPIView):
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)


# Swagger UI draws its arrows and spinners from `data:` images in its own style sheet.
@csp_update({"img-src": ["data:"]})
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "careplans/api/docs.html")
