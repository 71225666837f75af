"""The list of rules with its index and filters, and one rule by itself."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from accounts.permissions import require
from careplans.models import RuleSetVersion
from careplans.rules.engine import RuleSet
from careplans.rules.forms.index import GRADE_NAMES, RuleFilterForm
from careplans.rules.in_force import SEED, parsed, shown
from careplans.rules.index import GRADES, STATES, counts_of, entries_of, modality_names
from common.paging import list_page

SIZE = 10


def listed(request: SignedInRequest, rules: RuleSet) -> dict[str, object]:
    """What `rule_sets/_index.html` shows of a set."""
    entries = entries_of(rules)
    form = RuleFilterForm(entries, request.GET)
    found, counts = form.found(), counts_of(entries)
    names = modality_names([*counts["modality"]])
    kinds = (
        ("modality", "By treatment", names), ("grade", "By grade", {one: GRADE_NAMES[one] for one in GRADES}),
        ("state", "By state", STATES),
    )  # fmt: skip
    index = [
        (name, title, [(code, words, counts[name][code]) for code, words in told.items() if counts[name][code]])
        for name, title, told in kinds
    ]
    return {
        "filter": form, "index": index, "names": names, "found": len(found), "of": len(entries),
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "page": list_page(found, [entry.rule.id for entry in found], params=request.GET, size=SIZE),
    }  # fmt: skip


def rule(request: SignedInRequest, rule: str) -> HttpResponse:
    """One rule of the set in force or, with `set`, of an earlier one. What is no longer asked is shown as it last stood."""
    require(request.user, "reference.read")
    number = request.GET.get("set", "")
    row, rules = _standing(rule, number)
    stands = next(each for each in rules.rules if each.id == rule)
    is_in_force = row.state == row.State.PUBLISHED if row else not RuleSetVersion.objects.in_force().exists()
    context = {"nav": "reference", "rule_set": rules, "row": row, "shown": shown(stands), "is_in_force": is_in_force}
    return render(request, "careplans/rules/rule_sets/rule.html", context)


def _standing(rule: str, number: str) -> tuple[RuleSetVersion | None, RuleSet]:
    """The set that holds the rule: the one asked for, or the newest; number 0 came with the program."""
    rows = RuleSetVersion.objects.filter(state__in=(RuleSetVersion.State.PUBLISHED, RuleSetVersion.State.SUPERSEDED))
    if number and number != "0":
        rows = rows.filter(number=int(number)) if number.isdecimal() and len(number) < 7 else rows.none()
    for row in [] if number == "0" else rows.order_by("-number").iterator(chunk_size=1):
        if any(each["id"] == rule for each in row.rules):
            return row, parsed(row)
    if number in ("", "0") and any(each.id == rule for each in SEED.rules):
        return None, SEED
    raise Http404
