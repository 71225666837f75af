"""How many resources a search finds: by the database where a row is a resource, else by reading what one patient has."""

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.api.fhir.search.query import MOST, Query
from careplans.api.fhir.search.walking import Place, Walk

MOST_READ = 1_000
TOO_MANY = "This cannot be counted without reading it all. Count the resources of one patient, or ask for less."


def counted(person: User, query: Query) -> int:
    """Raises ValidationError where it would be too many to read."""
    sources = query.kind.sources
    if all(source.counts(query.asked) for source in sources):
        return sum(source.count(person, query.asked) for source in sources)
    found, place = 0, Place()
    while found <= MOST_READ:
        page = Walk(person, sources, query.asked).page(place, MOST)
        found += len(page.resources)
        if page.then is None:
            return found
        place = page.then
        if not any(one.param.name in ("patient", "subject") for one in query.asked):
            break
    raise ValidationError({"_total" if query.total == "accurate" else "_summary": TOO_MANY})


def total_of(person: User, query: Query) -> int | None:
    """With a page: the true number where that is asked for, an estimate only where it is as cheap as it is true."""
    cheap = all(source.counts(query.asked) for source in query.kind.sources)
    return counted(person, query) if query.total == "accurate" or (query.total == "estimate" and cheap) else None
