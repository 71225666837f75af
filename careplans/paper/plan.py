"""A plan as the content of its sheet: plain words, in the order in which they stand on paper."""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import User
from careplans.models import FollowUp, Plan
from careplans.paper import standing
from careplans.paper.steps import reasons, step_rows
from careplans.readers import signed_content
from careplans.readers.facts.contradictions import contradictions_of
from careplans.readers.facts.deciding_facts import answered_under, changes_under
from careplans.readers.facts.decisive import header_of
from careplans.readers.sequence import sequence_of, svg_of
from careplans.readers.sequence.words import told
from careplans.rules.plan_advice import Item, advice_for
from common.direction import isolated

Row = dict[str, Any]


def plan_sheet(plan: Plan, *, by: User, address: str) -> dict[str, Any]:
    """A plan from `for_detail()`, with its board. Times are those of its board."""
    patient, today = plan.case.patient, plan.board.today
    with timezone.override(plan.board.zone):
        return {
            "title": f"Plan {plan.number}: {plan.case.title}", "number": str(plan.number), "case": plan.case.title,
            "patient": {
                "name": isolated(patient.name), "record": str(patient.record_number), "born": str(patient.birth_date),
                "synthetic": patient.is_synthetic,
            },
            "state": standing.state(plan), "differs": _differs(plan),
            "aim": plan.aim or "Not written yet.", "about": _about(plan),
            "no_treatment": plan.no_treatment_reason if plan.no_treatment else "", "steps": step_rows(plan, today),
            "changed_facts": _changed(plan), "asked": _asked(plan), "signatures": standing.signatures(plan),
            "released": standing.released(plan), "follow_up": _follow_up(plan), "reasons": reasons(plan),
            "content_version": plan.content_version, "hash": plan.content_hash, "address": address,
            "started_from": _started_from(plan),
            "printed": f"Printed by {by.name} on {_now()} ({plan.board.time_zone}).",
        } | _decides(plan) | _advised(plan) | _picture(plan, today)  # fmt: skip


def _now() -> str:
    return f"{timezone.localtime():%-d %b %Y, %H:%M}"


def _differs(plan: Plan) -> str:
    since = signed_content.differs_since(plan)
    if since is None:
        return ""
    when = f"{timezone.localtime(since):%-d %b %Y, %H:%M}"
    return (
        f"Its content differs since {when} or before: somebody or something changed the database past Consilium. "
        "Do not act on it. Read the printed plan that was signed, and tell an administrator."
    )


def _picture(plan: Plan, today: date) -> dict[str, str]:
    """With the same in words, for who hears the sheet. One query for a plan that was released."""
    rows = FollowUp.objects.of_sequence(plan) if plan.released_at else ()
    sequence = sequence_of(plan, None, rows, today=today)
    if not sequence.steps:
        return {"picture": "", "picture_alt": ""}
    return {"picture": svg_of(sequence, uid="plan", for_paper=True), "picture_alt": told(sequence)}


def _decides(plan: Plan) -> dict[str, Any]:
    """As the header of the page: what is abnormal or decides here first, then the tumour in a few words, then all of it."""
    head = header_of(plan.case.proforma, plan.case.patient, plan, plan.steps.all())
    return {
        "flags": [{"weight": flag.weight.value, "word": flag.word.strip(), "words": flag.words} for flag in head.flags],
        "tumour": [said.words for said in head.rest],
        "facts": [
            {"label": fact.label, "text": fact.text or "Not recorded", "found": fact.found} for fact in head.facts
        ],
    }


def _started_from(plan: Plan) -> str:
    version = plan.template_version
    return f"Started from the template “{version.title}”, version {version.number}." if version else ""


def _about(plan: Plan) -> list[Row]:
    told = [("Why it is amended", plan.amendment_reason if plan.amends_id else ""), ("Why it ended", plan.end_words)]
    if plan.has_outcome:
        told += [
            ("Response", plan.response_words), ("Progression", plan.progression_words),
            ("Worst toxicity", plan.toxicity_words), ("Symptom control", plan.symptom_control_words),
        ]  # fmt: skip
    told.append(("Outcome in words", plan.outcome_note))
    return [{"label": label, "text": text} for label, text in told if text]


def _changed(plan: Plan) -> list[Row]:
    told = [{"strong": "", "text": f"{fact.sentence}."} for fact in changes_under(plan)]
    for one in answered_under(plan):
        facts = "; ".join(fact.sentence for fact in one.facts)
        when = f"{timezone.localtime(one.answer.at):%-d %b %Y}"
        told.append(
            {"strong": f"Acknowledged by {one.answer.by.name}, {when}:", "text": f"{facts}. “{one.answer.reason}”"}
        )
    return told


def _asked(plan: Plan) -> list[Row]:
    if plan.status not in Plan.OPEN:
        return []
    found = contradictions_of(plan.case.proforma, plan.steps.all())
    return [{"strong": "", "text": one.question.text} for one in found if one.answer is None]


def _advised(plan: Plan) -> dict[str, Any]:
    """Those kept open, with the reason, and warnings that nobody has answered; the rest is counted. And what all rests on."""
    advice = advice_for(plan)
    steps = {step.pk: f"Step {step.number}" for step in plan.steps.all()}
    kept = [item for item in advice.all if item.kept and item.kept.state == "kept"]
    told = [_kept(item, steps) for item in kept] + [_unanswered(item, steps) for item in advice.unanswered]
    more = len(advice.all) - len(told)
    return {
        "advisories": told, "sources": _sources(plan),
        "advisories_more": f"{more} more, answered or for information, stand in Consilium." if more else "",
    }  # fmt: skip


def _place(item: Item, steps: dict[int, str]) -> str:
    place = steps.get(int(item.firing.step), "A step") if item.firing.step else "Whole plan"
    return f"{place}, only {item.firing.in_arms}" if item.firing.in_arms else place


def _kept(item: Item, steps: dict[int, str]) -> Row:
    kept = item.kept
    assert kept is not None and kept.answered_by is not None  # noqa: S101 - an answer has an author: a constraint
    said = " ".join(filter(None, [kept.citation and f"{kept.citation}.", kept.note and f"“{kept.note}”"]))
    when = f"{timezone.localtime(kept.answered_at):%-d %b %Y}"
    reason = f"{kept.get_answer_display()}. {said} ({kept.answered_by.name}, {when})"
    return {"strong": f"{_place(item, steps)}.", "text": f"{item.firing.advice} – {reason}"}


def _unanswered(item: Item, steps: dict[int, str]) -> Row:
    return {"strong": f"{_place(item, steps)}: warning without an answer.", "text": item.firing.advice}


def _follow_up(plan: Plan) -> list[Row]:
    told = []
    for row in plan.standing_schedules:
        now_with = f" (now with {row.done_with.name})" if row.done_with else ""
        never = row.from_step and row.never_starts
        starts = (
            f"Its follow-ups are not planned: step {row.from_step.number} {never}."
            if row.from_step and never
            else "It waits: its dates are set when that has been recorded." if row.waits else ""
        )  # fmt: skip
        then = f"When it ends: {row.schedule.then}." if row.schedule.then and not row.schedule.is_none else ""
        sentences = [*row.schedule.sentences, then, starts, *row.past_words]
        told.append({"title": f"{row}{now_with}", "sentences": [one for one in sentences if one]})
    return told


def _sources(plan: Plan) -> list[Row]:
    pages: dict[str, list[str]] = {}
    for step in plan.steps.all():
        if page := step.modality_revision:
            newer = step.newer_revision
            since = f" (revision {newer.number} is in force now)" if newer else ""
            pages.setdefault(f"Reference page “{page.title}”, revision {page.number}{since}", []).append(step.number)
    told = [f"{page}: step {', '.join(dict.fromkeys(steps))}." for page, steps in pages.items()]
    told += [f"{row.schedule.name}: {row.schedule.source_words}." for row in plan.standing_schedules]
    return [{"strong": "", "text": words} for words in told]
