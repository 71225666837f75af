from collections.abc import Iterable, Sequence
from typing import Any

from careplans.api.fhir.datatypes import Resource
from careplans.api.fhir.finishing import name_of, tag_of

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def entry(resource: Resource, base: str, mode: str) -> dict[str, Any]:
    return {"fullUrl": f"{base}/{name_of(resource)}", "resource": resource, "search": {"mode": mode}}


def searchset(
    matches: Iterable[Resource], along: Iterable[Resource], *, base: str, links: Sequence[tuple[str, str]],
    warning: Resource | None = None, total: int | None = None,
) -> Resource:  # fmt: skip
    entries = [entry(one, base, "match") for one in matches] + [entry(one, base, "include") for one in along]
    if warning is not None:
        entries.append({"resource": warning, "search": {"mode": "outcome"}})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        **({} if total is None else {"total": total}),
        "link": [{"relation": relation, "url": url} for relation, url in links],
        **({"entry": entries} if entries else {}),
    }


def history(versions: Sequence[Resource], *, base: str, link: str) -> Resource:
    """The newest first."""
    entries = [
        {
            "fullUrl": f"{base}/{name_of(one)}",
            "resource": one,
            "request": {"method": "PUT", "url": name_of(one)},
            "response": {"status": "200", "etag": tag_of(one), "lastModified": one["meta"]["lastUpdated"]},
        }
        for one in versions
    ]
    links = [{"relation": "self", "url": link}]
    return {"resourceType": "Bundle", "type": "history", "total": len(entries), "link": links, "entry": entries}


def excerpt(resource: Resource, elements: Sequence[str], needs: Sequence[str]) -> Resource:
    """The elements that were asked for, and those without which the rest would mislead."""
    if not elements:
        return resource
    kept = {"resourceType", "id", "meta", "modifierExtension", *elements, *needs}
    told = {name: value for name, value in resource.items() if name in kept}
    meta = told["meta"]
    return told | {"meta": meta | {"tag": [*meta.get("tag", []), SUBSETTED]}}
