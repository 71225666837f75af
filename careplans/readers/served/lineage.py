"""The chain of amendments that a plan stands in: a plan, the one that amends it, and so on. Whoever counts plans counts those."""

from collections.abc import Iterable, Mapping

from careplans.models import Plan


def lineages(amends: Mapping[int, int | None]) -> dict[int, int]:
    """Of each of these plans the first of its chain, by key. `amends`: which plan each amends; all of the cases must be there."""
    found: dict[int, int] = {}
    for key in amends:
        chain, at = [key], amends[key]
        while at is not None and at not in found and at not in chain:
            chain.append(at)
            at = amends.get(at)
        first = found.get(at, chain[-1]) if at is not None else chain[-1]
        found |= dict.fromkeys(chain, first)
    return found


def lineages_in(cases: Iterable[int]) -> dict[int, int]:
    """Of each plan of these cases the first of its chain. One query."""
    return lineages(dict(Plan.objects.filter(case__in=cases).order_by().values_list("pk", "amends")))


def plans_of(lineage: int) -> list[int]:
    """The plans of the chain that begins with this one; none where it is no beginning. One query."""
    rows = Plan.objects.filter(case__plans=lineage).order_by().values_list("pk", "amends")
    return [key for key, first in lineages(dict(rows)).items() if first == lineage]
