"""The doors of the house; each app's own urls.py is its table of contents."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("reference/", include("modalities.urls")),
    path("", include("careplans.urls")),
    path("api/v1/", include("careplans.api.urls")),
    path("fhir/", include("careplans.api.fhir.urls")),
]

handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler500 = "accounts.views.errors.server_error"
