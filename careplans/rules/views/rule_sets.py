"""The rules as everybody reads them: those in force, and every version that was."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from accounts.models import Board
from accounts.permissions import require
from careplans.models import RuleRun, RuleSetVersion
from careplans.rules.engine import RuleSet
from careplans.rules.in_force import SEED, changes_between, parsed
from careplans.rules.views.index import listed
from common.paging import key_page


def rules(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    row = RuleSetVersion.objects.in_force().select_related("author", "published_by").first()
    return show_version(request, row)


def version(request: SignedInRequest, number: int) -> HttpResponse:
    """Number 0 is the set that came with the program."""
    require(request.user, "reference.read")
    return show_version(request, published(number))


def versions(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    rows = RuleSetVersion.objects.ever_published()
    numbers = [*rows.values_list("number", flat=True), 0]
    context = {"nav": "reference", "page": key_page(rows, order=("-number",), params=request.GET), "numbers": numbers}
    return render(request, "careplans/rules/rule_sets/versions.html", context)


def compare(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    try:
        old, new = int(request.GET.get("old", 0)), int(request.GET.get("new", 0))
    except ValueError as error:
        raise Http404 from error
    numbers = [*RuleSetVersion.objects.ever_published().values_list("number", flat=True), 0]
    before, after = set_of(published(old)), set_of(published(new))
    context = {"nav": "reference", "numbers": numbers, "old": old, "new": new, "before": before, "after": after}
    return render(
        request, "careplans/rules/rule_sets/compare.html", context | {"changes": changes_between(before, after)}
    )


def published(number: int) -> RuleSetVersion | None:
    """None for number 0, the set that came with the program; 404 for what was never in force."""
    if number == 0:
        return None
    past = (RuleSetVersion.State.PUBLISHED, RuleSetVersion.State.SUPERSEDED)
    row = RuleSetVersion.objects.filter(number=number, state__in=past).select_related("author", "published_by").first()
    if row is None:
        raise Http404
    return row


def set_of(row: RuleSetVersion | None) -> RuleSet:
    return SEED if row is None else parsed(row)


def show_version(request: SignedInRequest, row: RuleSetVersion | None) -> HttpResponse:
    found = set_of(row)
    context = {
        "nav": "reference", "row": row, "rule_set": found, **listed(request, found),
        "run": row.runs.filter(purpose=RuleRun.Purpose.APPLY).first() if row else None,
        "is_in_force": row.state == row.State.PUBLISHED if row else not RuleSetVersion.objects.in_force().exists(),
    }  # fmt: skip
    return render(request, "careplans/rules/rule_sets/rules.html", context)


def counts_of(found: RuleRun | None) -> dict[str, object]:
    """A trial's counts as rows of a table: by rule, and by the name of the board."""
    result = found.result if found else {}
    rules, boards = result.get("rules", {}), result.get("boards", {})
    names = dict(Board.objects.filter(pk__in=[int(pk) for pk in boards]).values_list("pk", "name")) if boards else {}
    return {
        "unjudged": result.get("unjudged", []),
        "by_rule": sorted(rules.items()),
        "by_board": sorted((names.get(int(pk), ""), counts) for pk, counts in boards.items()),
    }
