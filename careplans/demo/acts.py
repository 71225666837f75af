"""What the people of a story can do: one function per word after `do:`, each through the service of that verb."""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import Field

from accounts.models import IdentifierSystem
from careplans.demo.story import StoryEntry, vignette_facts
from careplans.models import FollowUp, Plan, Proforma
from careplans.readers.facts.contradictions import asked_in
from careplans.services import care_ends, cases, contradictions, followups, patients, proforma, specimens
from careplans.services.nothing_ahead import ComesNext
from careplans.services.patient_names import add_name
from common.partial_dates import PartialDate

Act = Callable[[StoryEntry], None]


def open_case(entry: StoryEntry) -> None:
    """The patient and the case, as the head of the file describes them."""
    about, telling = entry.telling.about, entry.telling
    family, given = about["name"]
    born = telling.calendar.today
    patient = patients.add_patient(
        telling.board, by=entry.actor, record_number=telling.record, family_name=family, given_name=given,
        birth_date=PartialDate(born.year - about["age"], *about["birthday"]), sex=about["sex"], is_synthetic=True,
        numbers=_further_numbers(entry),
    )  # fmt: skip
    if "formerly" in about:
        add_name(
            patient, by=entry.actor, expected_version=patient.version, kind="former", family_name=about["formerly"]
        )
    telling.case = cases.open_case(
        patient, by=entry.actor, title=about["title"], question=about["question"].strip(),
        responsible=entry.person(about["responsible"]), status=entry.args["as"],
    )  # fmt: skip


def _further_numbers(entry: StoryEntry) -> dict[int, str]:
    """What the head of the file says beside the record number."""
    systems = IdentifierSystem.objects.filter(institution=entry.telling.board.institution_id, is_main=False)
    told = entry.telling.about.get("numbers", {})
    return {one.pk: told[one.name] for one in systems if one.name in told}


def record_facts(entry: StoryEntry) -> None:
    """Facts of the proforma; days count from today. `vignette` adds those of a worked example."""
    told = vignette_facts(entry.args["vignette"]) if "vignette" in entry.args else {}
    told |= entry.args.get("facts", {})
    values = {name: _fact(entry, name, value) for name, value in told.items()}
    proforma.save_proforma(entry.case, values, by=entry.actor)


def _fact(entry: StoryEntry, name: str, value: Any) -> Any:
    if name.endswith("_on"):
        return _partly(entry, value)
    # A float would drag its binary digits along: 1.8 is meant as it is written.
    field = cast("Field[Any, Any]", Proforma._meta.get_field(name))
    return field.clean(str(value) if isinstance(value, float) else value, None)


def _partly(entry: StoryEntry, told: int | dict[str, int]) -> PartialDate:
    """A day counted from today, or `{month: -400}`, `{year: -900}`: what is known of it."""
    if isinstance(told, int):
        return PartialDate.of(entry.telling.calendar.date(told))
    [(known, days)] = told.items()
    day = entry.telling.calendar.date(days)
    return PartialDate(day.year, day.month if known == "month" else None)


def it_is_so(entry: StoryEntry) -> None:
    """The question of this code was checked: the facts are so, because …"""
    facts = Proforma.objects.get(case=entry.case)
    key = next(one.key for one in asked_in(entry.case, facts) if one.code == entry.args["code"])
    contradictions.answer_contradiction(entry.case, by=entry.actor, key=key, reason=entry.args["because"])


def add_therapy(entry: StoryEntry) -> None:
    told = dict(entry.args)
    days: dict[str, Any] = {name: _partly(entry, told.pop(key)) for key, name in _THERAPY_DAYS if key in told}
    cases.add_prior_treatment(entry.case, by=entry.actor, modality_code=told.pop("modality"), **days, **told)


def add_specimen(entry: StoryEntry) -> None:
    told = dict(entry.args)
    day = {"taken_on": entry.telling.calendar.date(told.pop("taken"))} if "taken" in told else {}
    figures = {name: str(told.pop(name)) for name in ("ki67_percent", "mitoses_per_2mm2") if name in told}
    specimens.add_specimen(
        entry.case, by=entry.actor, decides=told.pop("decides") in (True, "yes"), **day, **figures, **told
    )


_THERAPY_DAYS = (("from", "started_on"), ("until", "ended_on"))


def move_case(entry: StoryEntry) -> None:
    cases.move_case(_fresh(entry), entry.args["to"], by=entry.actor, reason=entry.args.get("reason", ""))


def close_case(entry: StoryEntry) -> None:
    cases.close_case(_fresh(entry), by=entry.actor, reason=entry.args["reason"], note=entry.args.get("note", ""))


def patient_died(entry: StoryEntry) -> None:
    on, patient = entry.telling.calendar.date(entry.args["on"]), _fresh(entry).patient
    patient.refresh_from_db()
    care_ends.record_death(
        patient, by=entry.actor, expected_version=patient.version, source=entry.args["from"], year=on.year, month=on.month,
        day=on.day,
    )  # fmt: skip


def _fresh(entry: StoryEntry) -> Any:
    entry.case.refresh_from_db()
    return entry.case


def add_follow_up(entry: StoryEntry) -> None:
    plan = Plan.objects.filter(case=entry.case).in_force().first()
    followups.add_follow_up(
        entry.case, by=entry.actor, kind=entry.args["kind"], due_on=entry.telling.calendar.date(entry.args["due"]),
        assignee=entry.person(entry.args["to"]), title=entry.args.get("title", ""), plan=plan,
        window_days=entry.args.get("window"),
    )  # fmt: skip


def ahead_of(entry: StoryEntry) -> ComesNext:
    """What comes next, or why nothing, where the file says so; else the service asks where it has to."""
    following = entry.args.get("next")
    if following is None:
        return {"nothing_ahead_reason": entry.args.get("nothing_ahead", "")}
    day = entry.telling.calendar.date(following["on"])
    return {"next_kind": following["kind"], "next_on": day, "next_assignee": entry.person(following["to"])}


def follow_up_done(entry: StoryEntry) -> None:
    done_on = entry.telling.calendar.date(entry.day)
    for kind in _kinds(entry):
        row = _next(entry, kind)
        followups.complete_follow_up(
            row, by=entry.actor, expected_version=row.version, done_on=done_on, result=entry.args.get("result", ""),
            ahead=ahead_of(entry),
        )  # fmt: skip


def follow_up_missed(entry: StoryEntry) -> None:
    new_day = entry.telling.calendar.date(entry.args["new"])
    for kind in _kinds(entry):
        row = _next(entry, kind)
        followups.record_missed_follow_up(
            row, by=entry.actor, expected_version=row.version, new_due_on=new_day, reason=entry.args.get("reason", "")
        )


def follow_up_cancelled(entry: StoryEntry) -> None:
    for kind in _kinds(entry):
        row = _next(entry, kind)
        followups.cancel_follow_up(
            row, by=entry.actor, expected_version=row.version, reason=entry.args["reason"], ahead=ahead_of(entry)
        )


def follow_up_moved(entry: StoryEntry) -> None:
    for kind in _kinds(entry):
        row = _next(entry, kind)
        followups.change_follow_up(
            row, by=entry.actor, expected_version=row.version, reason=entry.args["reason"],
            due_on=entry.telling.calendar.date(entry.args["due"]),
        )  # fmt: skip


def all_follow_ups_cancelled(entry: StoryEntry) -> None:
    reason = entry.args["reason"]
    for row in FollowUp.objects.filter(case=entry.case).open():
        ahead: ComesNext = {"nothing_ahead_reason": reason}
        followups.cancel_follow_up(row, by=entry.actor, expected_version=row.version, reason=reason, ahead=ahead)


def _kinds(entry: StoryEntry) -> list[str]:
    told: str | list[str] = entry.args["kind"]
    return [told] if isinstance(told, str) else told


def _next(entry: StoryEntry, kind: str) -> FollowUp:
    """The earliest open follow-up of this kind."""
    row: FollowUp = FollowUp.objects.filter(case=entry.case, kind=kind).open().order_by("due_on", "id")[:1].get()
    return row


ACTS: dict[str, Act] = {
    "open": open_case,
    "record": record_facts,
    "it is so": it_is_so,
    "therapy": add_therapy,
    "specimen": add_specimen,
    "move case": move_case,
    "close case": close_case,
    "patient died": patient_died,
    "follow-up": add_follow_up,
    "follow-up done": follow_up_done,
    "follow-up missed": follow_up_missed,
    "follow-up cancelled": follow_up_cancelled,
    "follow-up moved": follow_up_moved,
    "cancel all follow-ups": all_follow_ups_cancelled,
}
