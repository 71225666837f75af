"""Which findings of an upload may be put together: never those of two specimens, since the proforma has one day and one specimen
for all that pathology says. What is not taken is named, and a person is asked."""

from collections.abc import Mapping, Sequence

from careplans.importing.outcomes import Part, Work
from careplans.importing.uploads import Finding
from careplans.importing.values import comparable, label
from careplans.models.fact_groups import FOUND
from careplans.models.proforma import fact_in_words
from common.folding import fold

PATHOLOGY_ON = "pathology_on"
NEVER = "facts of two specimens are never put together"

Found = tuple[Part, Finding]


def of_one_name(work: Work, several: Sequence[Found]) -> list[Found]:
    """Of specimens that the upload names the one that certainly says the newest of all, else none."""
    groups = _by_name(several)
    if len(groups) < 2:
        return list(several)
    named = [one for found in groups.values() for one in found]
    unnamed = [one for one in several if is_of_pathology(one[1]) and one not in named]
    leading = next((name for name in groups if _leads(name, groups)), None)
    if leading is None:
        _ask(len(groups), named, unnamed)
        return [one for one in several if one not in named and one not in unnamed]
    others = [one for one in named if one not in groups[leading]]
    out = _leave_out_others(work, groups[leading], others) + _leave_out_unnamed(work, unnamed, named, others)
    return [one for one in several if one not in out]


def _leave_out_others(work: Work, leading: Sequence[Found], others: Sequence[Found]) -> list[Found]:
    out = [one for one in others if not any(_says_the_same(one[1], own) for _, own in leading)]
    for part, finding in out:
        work.leave_out(
            part,
            f"It was {finding.when}, and another specimen in this upload says the newest of all ({leading[0][1].place}): "
            f"{NEVER}. Enter it as a specimen of its own.",
        )
    return out


def _leave_out_unnamed(
    work: Work, unnamed: Sequence[Found], named: Sequence[Found], others: Sequence[Found]
) -> list[Found]:
    """What names no specimen may be of the other one, too, unless it is certainly newer than all of that."""
    out = [one for one in unnamed if not all(other.is_older(one[1]) for _, other in others)]
    for part, _ in out:
        work.leave_out(
            part,
            "It does not say of which specimen it is, and may be of either: "
            f"{' or '.join(one.place for _, one in named)}. Enter it where it belongs.",
        )
    return out


def _by_name(several: Sequence[Found]) -> dict[str, list[Found]]:
    """Where no specimen is named, how each was found names it: a biopsy is no resection."""
    pathology = [one for one in several if is_of_pathology(one[1])]
    has_names = any(finding.specimen for _, finding in pathology)
    groups: dict[str, list[Found]] = {}
    for part, finding in pathology:
        if name := finding.specimen if has_names else fold(finding.by):
            groups.setdefault(name, []).append((part, finding))
    return groups


def _leads(name: str, groups: Mapping[str, Sequence[Found]]) -> bool:
    own = [finding for _, finding in groups[name]]
    return all(_gives_way(finding, own) for other, found in groups.items() if other != name for _, finding in found)


def _gives_way(finding: Finding, to: Sequence[Finding]) -> bool:
    """Certainly older than all of the other specimen, or told there again, certainly later or just the same."""
    return all(finding.is_older(one) for one in to) or any(
        one.name == finding.name and (finding.is_older(one) or _says_the_same(finding, one)) for one in to
    )


def _says_the_same(one: Finding, other: Finding) -> bool:
    """Of one exact day: of one month, each may be the older."""
    return (
        one.name == other.name
        and comparable(one) == comparable(other)
        and fold(one.by) == fold(other.by)
        and one.on is not None
        and one.on.is_exact
        and one.on == other.on
    )


def _ask(count: int, named: Sequence[Found], unnamed: Sequence[Found]) -> None:
    for part, _ in (*named, *unnamed):
        part.leave_out()
    either = f" It is not said of which of them is: {_told(unnamed)}; it may be of either." if unnamed else ""
    named[0][0].ask(
        "specimens",
        f"This upload names {count} specimens, and none certainly says the newest of all: {_told(named)}.{either} "
        f"{NEVER[:1].upper()}{NEVER[1:]}: what is recorded stays. Enter each as a specimen of its own.",
    )


def _told(several: Sequence[Found]) -> str:
    return ", and ".join(
        f"{label(finding.name)} {fact_in_words(finding.name, finding.value)} {finding.when}"
        f"{f' by “{finding.by}”' if finding.by else ''} ({finding.place})"
        for _, finding in several
    )


def of_one_day(work: Work, several: Sequence[Found]) -> list[Found]:
    """Without what is certainly of an earlier specimen than other findings of this upload: the proforma would make one of two. An
    older finding of what is told anew is left out for that."""
    of_pathology = [finding for _, finding in several if is_of_pathology(finding)]
    kept = []
    for part, finding in several:
        newer = next(
            (one for one in of_pathology if is_of_pathology(finding) and _is_of_older_specimen(finding, one)), None
        )
        if newer is None or any(one.name == finding.name and finding.is_older(one) for one in of_pathology):
            kept.append((part, finding))
            continue
        work.leave_out(
            part,
            f"It was {finding.when}, and {label(newer.name)} in this upload {newer.when} ({newer.place}): {NEVER}. "
            "Enter it as a specimen of its own.",
        )
    return kept


def is_of_pathology(one: Finding) -> bool:
    return FOUND.get(one.name, ("",))[0] == PATHOLOGY_ON


def _is_of_older_specimen(one: Finding, other: Finding) -> bool:
    """Of one specimen more may be said on a later day."""
    return one.is_older(other) and not (one.specimen and one.specimen == other.specimen)
