"""Writing the centre's rules: begin, change, add, switch off and on, send to review. Nothing here publishes."""

import re
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from careplans.models import RuleSetEvent, RuleSetVersion
from careplans.models.rule_sets import RuleData
from careplans.rules.engine import Malformed, parse_rule_set
from careplans.rules.engine.schema import parse_rule
from careplans.rules.engine.vocabulary import ADDED_SOURCE, PAGE, STATEMENTS
from careplans.rules.in_force import SEED_IDS, hash_of, rules_in_force
from careplans.rules.runs import stop_all
from careplans.rules.telling import tell_of_rule_set
from common.writing import compare_and_set, transactional
from modalities.models import Modality, Source
from modalities.services.workflow import as_seen, change_noted, check_move, writable

State, Kind = RuleSetVersion.State, RuleSetEvent.Kind

# What an editor may change of a rule that came with the program; of a rule of the centre, everything but its id.
OF_SEED = ("severity", "advice")
OF_CENTRE = ("scope", "severity", "seed", "basis", "when", "advice")


@transactional
def begin_rule_set(*, by: User) -> RuleSetVersion:
    """Start from the rules in force. One open draft: editors work on it together."""
    require(by, "reference.edit")
    base, rules = rules_in_force()
    last: int = RuleSetVersion.objects.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            row = RuleSetVersion.objects.create(
                number=last + 1, base=base, rules=rules, content_hash=hash_of(rules), author=by, changed_by=by
            )
    except IntegrityError as error:
        raise ValidationError(
            "There is an open draft of the rules already. Open it and work on it together."
        ) from error
    tell(row, Kind.BEGUN, by=by)
    return row


@transactional
def change_rule(
    row: RuleSetVersion, rule_id: str, values: RuleData, *, by: User, expected_version: int
) -> RuleSetVersion:
    """Change what an editor may: grade and wording of a rule of the program, everything but the id of one of the centre."""
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    place = place_of(row, rule_id)
    fields = OF_SEED if rule_id in SEED_IDS else OF_CENTRE
    refused = sorted(set(values) - set(fields))
    if refused:
        raise ValidationError(
            f"Of a rule that came with the program only grade and wording can be changed, not {', '.join(refused)}. "
            "Add a rule of your own and switch this one off."
        )
    rule = {**row.rules[place], **values}
    check_rule(rule)
    write(row, with_rule(row, place, rule), Kind.CHANGED, rule_id, by=by)
    return row


@transactional
def add_rule(row: RuleSetVersion, values: RuleData, *, by: User, expected_version: int) -> RuleSetVersion:
    """A rule of the centre's own, in the same language. It is asked after the others."""
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    rule = {**values, "blocks": False}
    check_rule(rule)
    rule_id = str(rule["id"])
    if any(each["id"] == rule_id for each in row.rules):
        raise ValidationError({"id": f"There is a rule {rule_id} already. Choose another number."})
    write(row, [*row.rules, rule], Kind.ADDED, rule_id, by=by)
    return row


@transactional
def remove_rule(row: RuleSetVersion, rule_id: str, *, by: User, expected_version: int) -> RuleSetVersion:
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    place = place_of(row, rule_id)
    if rule_id in SEED_IDS:
        raise ValidationError("A rule that came with the program cannot be removed. Switch it off, and say why.")
    write(row, [*row.rules[:place], *row.rules[place + 1 :]], Kind.REMOVED, rule_id, by=by)
    return row


@transactional
def switch_off(row: RuleSetVersion, rule_id: str, *, by: User, expected_version: int, reason: str) -> RuleSetVersion:
    """The rule stays readable with its reason, and no longer fires once the set is in force."""
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    place = place_of(row, rule_id)
    if not reason.strip():
        raise ValidationError(
            {"reason": "Say why your centre does not want this rule: boards read it beside the rule."}
        )
    rule = {**row.rules[place], "off": reason.strip()}
    write(row, with_rule(row, place, rule), Kind.SWITCHED_OFF, rule_id, by=by)
    return row


@transactional
def switch_on(row: RuleSetVersion, rule_id: str, *, by: User, expected_version: int) -> RuleSetVersion:
    require(by, "reference.edit")
    row = hold_writable(row, expected_version)
    place = place_of(row, rule_id)
    rule = {key: value for key, value in row.rules[place].items() if key != "off"}
    write(row, with_rule(row, place, rule), Kind.SWITCHED_ON, rule_id, by=by)
    return row


@transactional
def send_to_review(row: RuleSetVersion, *, by: User, expected_version: int, change_note: str) -> RuleSetVersion:
    require(by, "reference.edit")
    row = hold(row, expected_version)
    note = change_noted(change_note)
    if row.content_hash == hash_of(rules_in_force()[1]):
        raise ValidationError("Nothing differs from the rules in force, so there is nothing to publish.")
    move(row, State.IN_REVIEW, Kind.SENT, by=by, change_note=note)
    return row


@transactional
def recall_rule_set(row: RuleSetVersion, *, by: User, expected_version: int) -> RuleSetVersion:
    """Back from review, to write on."""
    require(by, "reference.edit")
    row = hold(row, expected_version)
    move(row, State.DRAFT, Kind.RECALLED, by=by)
    return row


@transactional
def discard_rule_set(row: RuleSetVersion, *, by: User, expected_version: int) -> RuleSetVersion:
    """Kept as a row, but no longer open: the next editor starts from the rules in force."""
    require(by, "reference.edit")
    row = hold(row, expected_version)
    move(row, State.DISCARDED, Kind.DISCARDED, by=by)
    stop_all(row.runs.all(), "the draft was discarded")
    return row


def check_rule(rule: RuleData) -> None:
    problems = problems_of(rule)
    if problems:
        raise ValidationError(problems)


def check_named(rule: RuleData) -> None:
    """The same where no form of the rule is open: each refusal names the rule."""
    problems = [words for found in problems_of(rule).values() for words in found]
    if problems:
        raise ValidationError([f"Rule {rule.get('id')}: {words}" for words in problems])


def problems_of(rule: RuleData) -> dict[str, list[str]]:
    """What is wrong with a rule, by its key, in words for whoever writes it; empty when nothing is."""
    try:
        parsed = parse_rule(rule, "rule")
    except Malformed as error:
        return _in_words(rule, error)
    asked = {int(number[1:]) for number in parsed.statements if number.startswith("E")}
    known = set(Source.objects.filter(number__in=asked).values_list("number", flat=True)) if asked else set()
    missing = [f"There is no source E{n}. Add it to the list of sources first." for n in sorted(asked - known)]
    named = pages_named(parsed.when)
    unknown = named - added_pages() if named else set()
    when = [f"There is no reference page “{one.removeprefix(PAGE)}” that your centre added." for one in sorted(unknown)]
    return {key: found for key, found in (("seed", missing), ("when", when)) if found}


def _in_words(rule: RuleData, error: Malformed) -> dict[str, list[str]]:
    """Number and sources as an editor types them. Of a condition that is written as text, the place in it is named."""
    found = re.match(r"rule(?: \([^)]*\))?\.?(\w*)\.?(.*)", error.place)
    key, place = (found[1] or "id", found[2]) if found else ("id", "")
    seed = rule.get("seed")
    if key == "id":
        return {
            "id": [f"Write it as capital letters, a hyphen and two digits, such as OWN-01, not “{rule.get('id', '')}”."]
        }
    if key == "seed" and isinstance(seed, list) and (words := _sources_in_words(seed)):
        return {"seed": words}
    return {key: [f"{place}: {error.text}" if place else error.text]}


def _sources_in_words(seed: Sequence[object]) -> list[str]:
    named = list(dict.fromkeys(map(str, seed)))
    unknown = [one for one in named if one not in STATEMENTS and not ADDED_SOURCE.fullmatch(one)]
    words = [f"There is no statement {one}. The source has {STATEMENTS[0]} to {STATEMENTS[-1]}." for one in unknown]
    return words + [f"{one} stands twice." for one in named if seed.count(one) > 1]


def pages_named(when: object) -> set[str]:
    """The added pages that a condition names, wherever it does."""
    if isinstance(when, Mapping):
        return {name for part in when.values() for name in pages_named(part)}
    if isinstance(when, list | tuple):
        return {name for part in when for name in pages_named(part)}
    return {when} if isinstance(when, str) and when.startswith(PAGE) else set()


def added_pages() -> set[str]:
    """As a rule names them; retired ones too, which plans go on using."""
    pages = Modality.objects.filter(added_by__isnull=False, is_group=False).exclude(code="")
    return {f"{PAGE}{slug}" for slug in pages.values_list("slug", flat=True)}


def hold(row: RuleSetVersion, expected_version: int) -> RuleSetVersion:
    """Take the version for this transaction; Conflict when it is not what the person saw."""
    return as_seen(RuleSetVersion.objects.select_for_update().get(pk=row.pk), expected_version)


def hold_writable(row: RuleSetVersion, expected_version: int) -> RuleSetVersion:
    return writable(hold(row, expected_version))


def with_rule(row: RuleSetVersion, place: int, rule: RuleData) -> list[RuleData]:
    return [*row.rules[:place], rule, *row.rules[place + 1 :]]


def place_of(row: RuleSetVersion, rule_id: str) -> int:
    for place, rule in enumerate(row.rules):
        if rule["id"] == rule_id:
            return place
    raise ValidationError(f"There is no rule {rule_id} in this draft any more. A colleague may have removed it.")


def write(row: RuleSetVersion, rules: Sequence[RuleData], kind: RuleSetEvent.Kind, rule_id: str, *, by: User) -> None:
    parse_rule_set({"version": row.label, "rules": rules})
    write_row(row, by=by, rules=list(rules), content_hash=hash_of(rules))
    tell(row, kind, by=by, rule=rule_id)


def move(
    row: RuleSetVersion, to: RuleSetVersion.State, kind: RuleSetEvent.Kind, *, by: User, comment: str = "",
    **changes: object,
) -> None:  # fmt: skip
    check_move(row, to, RuleSetVersion.TRANSITIONS, noun="version")
    write_row(row, by=by, state=to, **changes)
    tell(row, kind, by=by, comment=comment)
    tell_of_rule_set(row, kind, by=by, comment=comment)


def write_row(row: RuleSetVersion, *, by: User, **changes: object) -> None:
    compare_and_set(row, expected=row.version, changed_by=by, changed_at=timezone.now(), **changes)


def tell(row: RuleSetVersion, kind: RuleSetEvent.Kind, *, by: User, rule: str = "", comment: str = "") -> None:
    RuleSetEvent.objects.create(rule_set=row, kind=kind, rule=rule, comment=comment, by=by)
    data = {"version": row.version, "state": str(row.state), **({"rule": rule} if rule else {})}
    audit.record(f"rules.{kind}", by=by, subject=row, label=row.label, data=data)
