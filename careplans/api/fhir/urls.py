"""FHIR R4. A type, a resource of it, and what FHIR itself names with an underscore or a dollar."""

from django.urls import path, re_path

from careplans.api.fhir.door import FhirDoor
from careplans.api.fhir.pages import value_sets
from careplans.exports.fhir.door import BulkDoor

app_name = "fhir"

urlpatterns = [
    # for people
    path("value-sets/", value_sets, name="value_sets"),
    # for programs
    path("R4/metadata", FhirDoor.as_view({"get": "metadata"}), name="r4_metadata"),
    # bulk export
    re_path(r"^R4/\$export$", BulkDoor.as_view({"get": "ask", "post": "ask"}), name="r4_export"),
    re_path(
        r"^R4/(?P<level>Patient)/\$export$", BulkDoor.as_view({"get": "ask", "post": "ask"}), name="r4_export_patients"
    ),
    re_path(
        r"^R4/\$export-status/(?P<key>[1-9][0-9]{0,17})$",
        BulkDoor.as_view({"get": "look", "delete": "remove"}),
        name="r4_export_status",
    ),
    re_path(
        r"^R4/\$export-file/(?P<key>[1-9][0-9]{0,17})/(?P<type>[A-Za-z]+)\.ndjson$",
        BulkDoor.as_view({"get": "fetch"}),
        name="r4_export_file",
    ),
    # reading
    re_path(
        r"^R4/Patient/(?P<id>[A-Za-z0-9.-]{1,64})/\$everything$",
        FhirDoor.as_view({"get": "everything"}),
        name="r4_everything",
    ),
    re_path(r"^R4/(?P<type>[A-Za-z]+)/_search$", FhirDoor.as_view({"post": "search_posted"}), name="r4_search_posted"),
    re_path(r"^R4/(?P<type>[A-Za-z]+)/?$", FhirDoor.as_view({"get": "search"}), name="r4_search"),
    re_path(r"^R4/(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})$", FhirDoor.as_view({"get": "read"}), name="r4_read"),
    re_path(
        r"^R4/(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})/_history/?$",
        FhirDoor.as_view({"get": "history"}),
        name="r4_history",
    ),
    re_path(
        r"^R4/(?P<type>[A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})/_history/(?P<version>[A-Za-z0-9.-]{1,64})$",
        FhirDoor.as_view({"get": "vread"}),
        name="r4_vread",
    ),
    re_path(
        r"^R4/[\s\S]*$",
        FhirDoor.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "refuse")),
        name="r4_nowhere",
    ),
]
