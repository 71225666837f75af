"""What the page of a draft shows, and which parts of it follow from a change. Each step is edited in its row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.permissions import can
from careplans.forms.arms import NewDecisionForm
from careplans.forms.partial import seen_inputs
from careplans.forms.plans import PlanForm, ReasonForm
from careplans.forms.steps import NewStepForm
from careplans.models import Advisory, Plan, Step
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.facts.contradictions import contradictions_of
from careplans.readers.facts.deciding_facts import changes_between, changes_under
from careplans.readers.holdings import left_in
from careplans.readers.schedules.plan_schedules import Shown, shown_schedules
from careplans.readers.schedules.schedule_fit import schedule_remarks
from careplans.readers.steps.gate_days import Remark, past_starts, remarks
from careplans.readers.steps.proposals import following, proposed_days, proposed_owner
from careplans.rules.plan_advice import Item, Judged, advice_for
from careplans.services import plans
from careplans.services.plan_people import left_before_signoff
from careplans.services.signatures import gaps_under
from careplans.views.ordering import Placed, grouped
from careplans.views.pictures import pictured

Parts = dict[str, Any]


def advised(request: HttpRequest, plan: Plan, judged: Judged | None = None) -> dict[str, Any]:
    """The advisories of a plan that is loaded with its steps and facts, and whether this person may answer them."""
    may_answer = plan.status in Plan.OPEN and can(request.user, "advisories.answer", plan.board_id)
    return {
        "contradictions": contradictions_of(plan.case.proforma, plan.steps.all()) if plan.status in Plan.OPEN else [],
        "advice": advice_for(plan, judged), "answering": plan.pk if may_answer else None, "changed_facts": changes_under(plan),
        "cause": changes_between(plan.amends, plan) if plan.amends else [],
        "left_people": left_in(plan), "answers": Advisory.Answer.choices, "back": reverse("careplans:plan", args=[plan.pk]),
    }  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A step on the page on which it is drafted: its place, what it needs, what is odd about it, what the rules say."""

    placed: Placed
    needs: Sequence[str]
    remarks: Sequence[str] = ()
    advice: Sequence[Item] = field(default_factory=tuple)

    @property
    def step(self) -> Step:
        return self.placed.step

    @property
    def unanswered(self) -> int:
        return sum(item.is_unanswered_warning for item in self.advice)


def edit_context(request: HttpRequest, plan: Plan, **more: Any) -> dict[str, Any]:
    shown = schedules_of(plan)
    context = drafted(request, plan, shown=shown) | {
        "form": PlanForm.of(plan),
        "new_step": NewStepForm(plan=plan, initial={"arm": request.GET.get("arm", "")}),
        "new_decision": NewDecisionForm(auto_id="id_decision_%s"),
        "schedules": shown, "removed": removed_from(plan), "picture": pictured(request, plan, with_table=False),
        "nav": "patients", "seen": seen_inputs(PlanForm.base_fields, plan),
        "discard": ReasonForm(initial={"version": plan.version}, auto_id="id_discard_%s"),
    }  # fmt: skip
    return context | more


def drafted(
    request: HttpRequest, plan: Plan, judged: Judged | None = None, shown: Sequence[Shown] | None = None
) -> dict[str, Any]:  # fmt: skip
    """The rows of a plan from `for_editing()`, what it lacks, and what the rules say."""
    steps, found = list(plan.steps.all()), all_remarks(plan)
    context = advised(request, plan, judged)
    by_step = context["advice"].by_step
    return context | {
        "plan": plan, "back": reverse("careplans:plan_edit", args=[plan.pk]), "remarks": found, "gaps": gaps_under(plan, steps),
        "missing": plans.missing_for_signoff(plan, steps, shown) + left_before_signoff(plan, steps),
        "rows": [_row(placed, found, by_step.get(placed.step.pk, ())) for placed in grouped(steps)],
    }  # fmt: skip


def _row(placed: Placed, found: Iterable[Remark], advice: Sequence[Item]) -> Row:
    step = placed.step
    own = [one.text for one in found if step.pk in one.steps]
    return Row(placed, [words[:1].upper() + words[1:] for words in plans.needs_of(step)], own, advice)


def removed_from(plan: Plan) -> list[Step]:
    """What was taken out of this draft, and can be put back."""
    rows = Step.objects.filter(plan=plan, removed_at__isnull=False)
    return list(rows.only("plan", "modality_code", "reference_page_title", "description").order_by("-removed_at"))


def all_remarks(plan: Plan) -> list[Remark]:
    steps = plan.steps.all()
    return remarks(steps) + past_starts(steps, plan.board.today) + schedule_remarks(plan)


def schedules_of(plan: Plan) -> list[Shown]:
    return shown_schedules(plan, plan.standing_schedules, plan.board.today)


def plan_parts(request: HttpRequest, plan: Plan) -> dict[str, str]:
    """What follows from a save of the plan's own fields, drawn anew: what is missing, and what the rules say."""
    return drawn_parts(request, drafted(request, plan))


def drawn_parts(request: HttpRequest, context: Mapping[str, Any]) -> dict[str, str]:
    def drawn(template: str, **more: Any) -> str:
        return render_to_string(template, {**context, **more}, request=request)

    return {
        "plan-missing": drawn("careplans/plans/_missing.html"),
        "plan-asked": drawn("careplans/contradictions/_asked.html", case=context["plan"].case),
        "plan-advice": drawn("careplans/rules/advisories/_plan.html"),
    }


def page_parts(request: HttpRequest, plan_id: int, judged: Judged | None = None, *, added: int | None = None) -> Parts:
    """What follows on the page from a change of a step: the rows in their order, what each says, and what the plan lacks.
    `added`: the key of a step whose row the page does not have yet."""
    plan: Plan = Plan.objects.for_editing().get(pk=plan_id)
    context = drafted(request, plan, judged)
    html = drawn_parts(request, context)
    parts: Parts = {"rows": [], "html": html, "plan_version": plan.version}
    for row in context["rows"]:
        step, shown = row.step, {**context, "row": row}
        html[f"row-head-{step.pk}"] = render_to_string("careplans/steps/_row_head.html", shown, request=request)
        html[f"row-advice-{step.pk}"] = render_to_string("careplans/steps/_row_advice.html", shown, request=request)
        place = {"id": step.pk, "position": step.position, "number": step.number, "phase": step.phase}
        parts["rows"].append(place | {"parallel": row.placed.parallel})
        if step.pk == added:
            parts["row"] = render_to_string("careplans/steps/_row.html", shown, request=request)
    return parts | {"plan": plan}


def with_removed(request: HttpRequest, parts: Parts) -> Parts:
    removed = {"removed": removed_from(parts["plan"])}
    parts["html"]["plan-removed"] = render_to_string("careplans/steps/_removed.html", removed, request=request)
    return parts


def saved_parts(request: HttpRequest, pk: int, plan_id: int, said: Iterable[str], judged: Judged | None) -> Parts:
    """After a save in the row of a step: what follows on the page, and what is proposed for fields that are empty still."""
    parts = page_parts(request, plan_id, judged)
    plan: Plan = parts["plan"]
    step = next((one for one in plan.steps.all() if one.pk == pk), None)
    if step is None:
        return parts
    recorded = {"recorded": recorded_for([step], plan.case.proforma).get(pk)}
    parts["html"][f"row-recorded-{pk}"] = render_to_string("careplans/steps/_recorded.html", recorded)
    proposed = proposed_for(plan, step, said)
    owner = proposed_owner(plan.board_id, step.modality_code) if "modality" in said and step.owner_id is None else None
    proposed |= {"owner": {"value": str(owner[0]), "why": owner[1]}} if owner else {}
    return parts | {"proposed": proposed}


def proposed_for(plan: Plan, step: Step, said: Iterable[str]) -> dict[str, dict[str, str]]:
    found = following(said, proposed_days(step, plan.board.today))
    return {name: {"value": one.value, "why": one.why} for name, one in found.items()}


def as_json(parts: Parts) -> Parts:
    """Without what only the server reads."""
    return {name: value for name, value in parts.items() if name != "plan"}
