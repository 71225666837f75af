"""Everything that FHIR gives within a project: each type by pages of two, so that places are looked at, too, and each alone."""

from urllib.parse import urlsplit

from careplans.api.fhir.projects.kinds import project_kinds
from careplans.api.fhir.projects.paths import PATHS
from tests.careplans.fhir.fhir import Fhir, link


class ProjectFhir(Fhir):
    """Told by the header in which project, as a program that follows links does it."""

    def __init__(self, user, project):
        super().__init__(user)
        self.client.credentials(
            HTTP_AUTHORIZATION=self.client._credentials.get("HTTP_AUTHORIZATION")
            or self.client.defaults["HTTP_AUTHORIZATION"],
            HTTP_CONSILIUM_PROJECT=str(project.pk),
        )


def fhir_answers(user, project):
    """By address, with the headers."""
    api = ProjectFhir(user, project)
    found = {}
    for kind in project_kinds():
        for answer in pages(api, kind):
            found[f"/fhir/R4/{kind} in pages"] = found.get(f"/fhir/R4/{kind} in pages", "") + text_of(answer)
            for entry in answer.json().get("entry", ()) if kind in PATHS else ():
                name = f"{kind}/{entry['resource']['id']}"
                found[f"/fhir/R4/{name}"] = text_of(api.get(name))
    return found


def pages(api, kind):
    answer = api.get(kind, {"_count": 2 if kind in PATHS else 200})
    while True:
        assert answer.status_code == 200, (kind, answer.content)
        yield answer
        following = link(answer.json(), "next")
        if following is None:
            return
        parts = urlsplit(following)
        answer = api.client.get(f"{parts.path}?{parts.query}")


def text_of(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode() + str(answer.headers)
