"""FHIR R4. A type, a resource of it, and what FHIR itself names with an underscore or a dollar."""

from django.urls import path, re_path

from careplans.api.fhir.door import FhirDoor

app_name = "fhir"

urlpatterns = [
    path("metadata", FhirDoor.as_view({"get": "metadata"}), name="metadata"),
    re_path(
        r"^Patient/(?P<id>[A-Za-z0-9.-]{1,64})/\$everything$",
        FhirDoor.as_view({"get": "everything"}),
        name="everything",
    ),
    re_path(r"^(?P<type>[A-Za-z]+)/_search$", FhirDoor.as_view({"post": "search_posted"}), name="search_posted"),
    re_path(r"^(?P<type>[A-Za-z]+)/?$", FhirDoor.as_view({"get": "search"}), name="search"),
    re_path(r"^(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})$", FhirDoor.as_view({"get": "read"}), name="read"),
    re_path(
        r"^(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})/_history/?$",
        FhirDoor.as_view({"get": "history"}),
        name="history",
    ),
    re_path(
        r"^(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})/_history/(?P<version>[A-Za-z0-9.-]{1,64})$",
        FhirDoor.as_view({"get": "vread"}),
        name="vread",
    ),
    re_path(
        r"^[\s\S]*$",
        FhirDoor.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "refuse")),
        name="nowhere",
    ),
]
