"""The versions of a resource that can be read: the one that stands, and of a plan the content that its signatures cover."""

from accounts.models import User
from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.finishing import as_signed
from careplans.api.fhir.kinds import Kind
from careplans.api.fhir.resources.care_plans import signed_care_plan
from careplans.api.fhir.rows import plan_rows


def version_of(person: User, kind: Kind, now: Resource, version: str) -> Resource | None:
    """None where the version is not kept: content that was changed before anybody released it is gone."""
    if now["meta"]["versionId"] == version:
        return now
    return next((one for one in versions_of(person, kind, now) if one["meta"]["versionId"] == version), None)


def versions_of(person: User, kind: Kind, now: Resource) -> list[Resource]:
    """The newest first."""
    return [now, *(_signed(person, now) if kind.type == "CarePlan" else [])]


def _signed(person: User, now: Resource) -> list[Resource]:
    """Of a draft that was taken back from sign-off nothing is signed any more, though a hash may stand in its row."""
    told = {one["url"].rpartition("/")[2]: one for one in now["extension"]}
    if "identifier" not in now or told["plan-status"]["valueCoding"]["code"] == "draft":
        return []
    source = plan_rows(lambda plan: [signed_care_plan(plan)])
    row = source.one(person, now["id"])
    version = told["content-version"]["valuePositiveInt"]
    return [
        one | {"meta": one["meta"] | {"versionId": str(version)}} for one in as_signed(person, row.board, row.resources)
    ]
