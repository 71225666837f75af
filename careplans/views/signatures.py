from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page, show_version
from accounts.permissions import can, membership_on
from careplans.forms.nothing_ahead import ask_ahead
from careplans.forms.plans import ReasonForm
from careplans.forms.signatures import DelegateForm, ReleasePlanForm, SignatureAnswerForm
from careplans.models import Plan, Signature
from careplans.readers.facts.deciding_facts import changes_under
from careplans.readers.nothing_ahead import ahead_of, asks_at_release
from careplans.readers.schedules.plan_schedules import shown_schedules
from careplans.readers.schedules.schedule_dates import Due
from careplans.readers.schedules.schedule_fit import schedule_remarks
from careplans.readers.steps.gate_days import Remark, past_starts, remarks
from careplans.readers.told.since import since_of_plan
from careplans.services import plan_people, plans, signatures
from careplans.services.nothing_ahead import packed
from careplans.services.signatures import signature_for
from careplans.views.drafting import advised
from careplans.views.ordering import with_arms
from careplans.views.pictures import pictures_of
from careplans.views.plan_versions import compared
from careplans.views.plans import get_plan
from common.figures import read_key

ANSWERS: dict[str, str] = {
    "sign": "You signed the plan.",
    "dissent": "Your dissent is on record.",
    "send_back": "The plan is a draft again; its author sees your reason.",
}


@require_POST
def plan_submit(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    version = request.POST.get("version", "")
    with attempt(request) as outcome:
        plans.submit_plan(plan, by=request.user, expected_version=read_key(version) or 0)
    if not outcome.ok:
        return redirect("careplans:plan_edit", plan.pk)
    messages.success(request, "The plan is in sign-off. Everybody who is asked has been told.")
    for discipline in signatures.unanswerable(plan):
        messages.warning(
            request, f"Nobody on this board can sign for {discipline.lower()}. Ask an administrator to add a member, or "
            "change the disciplines that sign in the board's settings; the plan cannot be released before.",
        )  # fmt: skip
    return redirect("careplans:signoff", plan.pk)


def signoff(request: SignedInRequest, pk: int) -> HttpResponse:
    """One screen with the plan, who has answered, who is awaited, and one's own answer."""
    plan = get_plan(request, pk, "plans.sign" if request.method == "POST" else "patients.view")
    form = SignatureAnswerForm(request.POST) if request.method == "POST" else None
    if form is not None and request.POST.get("answer") not in ANSWERS:
        form.add_error(None, "Choose your answer.")
    if form is not None and form.is_valid():
        with attempt(request, form) as outcome:
            _answer(plan, request.POST.get("answer", ""), form, request)
        if outcome.ok:
            messages.success(request, ANSWERS[request.POST["answer"]])
            return redirect("careplans:signoff", plan.pk)
        plan = get_plan(request, pk)
        # What stands now is on the screen that is shown again.
        show_version(form, plan.case.proforma.version, name="facts_version")
    context = signoff_context(request, plan, form)
    if form is not None:
        show_version(form, context["since"].baseline.newest, name="seen_event")
    return render_page(request, "careplans/signatures/signoff.html", plan.board, context, status=400 if form else 200)


def _answer(plan: Plan, answer: str, form: SignatureAnswerForm, request: SignedInRequest) -> None:
    data = form.cleaned_data
    seen: dict[str, Any] = {"expected_version": data["content_version"], "expected_hash": data["content_hash"]}
    seen |= {name: data[name] for name in ("facts_version", "seen_event")}
    if answer == "dissent":
        signatures.dissent_from_plan(plan, by=request.user, reason=data["comment"], **seen)
    elif answer == "send_back":
        signatures.send_back_plan(plan, by=request.user, reason=data["comment"], **seen)
    else:
        signatures.sign_plan(plan, by=request.user, comment=data["comment"], **seen)


def signoff_context(
    request: SignedInRequest, plan: Plan, form: SignatureAnswerForm | None, **more: Any
) -> dict[str, Any]:
    everything = list(plan.signatures.all())
    current = [s for s in everything if s.content_version == plan.content_version and s.status != Signature.Status.VOID]
    mine = signature_for(request.user, plan, current)
    membership = membership_on(request.user, plan.board)
    answered = any(s.signer_id == request.user.pk for s in current)
    seen = {"content_version": plan.content_version, "content_hash": plan.content_hash}
    since = since_of_plan(plan, request.user)
    facts = {"facts_version": plan.case.proforma.version, "seen_event": since.baseline.newest}
    may_sign = can(request.user, "plans.sign", plan.board) and plan.status == Plan.Status.IN_SIGNOFF and not answered
    # Of a plan in sign-off, whom nobody can stand for is said beside the release.
    in_draft = plan.status == Plan.Status.DRAFT
    context = {
        "plan": plan, "steps": with_arms(plan.steps.all()), "since": since,
        "remarks": remarks(plan.steps.all()) if plan.is_editable else [],
        "misfits": misfits(plan) if plan.status in Plan.WORKING else [],
        "gaps": [gap for gap in signatures.gaps_under(plan, list(plan.steps.all())) if in_draft or not gap.requirement],
        "signatures": current, "mine": mine, "membership": membership,
        "past": [s for s in everything if s not in current], "awaited": [s for s in current if s.is_awaited],
        "dissents": [s for s in current if s.status == Signature.Status.DISSENTED], "nav": "patients",
        "answer": form or (SignatureAnswerForm(initial=seen | facts) if may_sign else None),
        "release": release_form(plan, initial={"version": plan.version, **seen}),
        "unanswerable": signatures.unanswerable(plan, current) if plan.status == Plan.Status.IN_SIGNOFF else [],
        "recall": ReasonForm(initial={"version": plan.version}, auto_id="id_recall_%s"),
        "delegate": DelegateForm(board=plan.board) if mine and mine.status == Signature.Status.PENDING else None,
    }  # fmt: skip
    changed = compared(request, plan)
    pictures = {"pictures": pictures_of(request, plan, changed["older"])}
    here = {"back": reverse("careplans:signoff", args=[plan.pk])}
    return context | changed | pictures | advised(request, plan) | here | more


def misfits(plan: Plan) -> list[Remark]:
    """What whoever signs or releases looks at once more."""
    return past_starts(plan.steps.all(), plan.board.today) + schedule_remarks(plan)


def passed_in_signoff(plan: Plan) -> list[Due]:
    """Dates of its schedules that have passed since the plan was sent to sign-off."""
    if plan.status != Plan.Status.IN_SIGNOFF:
        return []
    shown = shown_schedules(plan, plan.standing_schedules, plan.board.today)
    return [due for one in shown for due in one.past]


def release_form(plan: Plan, data: Any = None, **initial: Any) -> ReleasePlanForm:
    """It asks about what has changed since the plan was signed (facts, people who have left, dates that have passed), and what
    comes next where the plan leaves nothing dated ahead."""
    in_signoff = plan.status == Plan.Status.IN_SIGNOFF
    gone = plan_people.gone_from(plan, plan_people.work_shown(plan)) if in_signoff else []
    form = ReleasePlanForm(
        data, auto_id="id_release_%s", board=plan.board, changed=changes_under(plan), passed=passed_in_signoff(plan),
        gone={one.user.pk: one.sentence for one in gone}, **initial,
    )  # fmt: skip
    ask_ahead(form, plan.board, asked=in_signoff and asks_at_release(plan, list(plan.steps.all())))
    return form


def words_ahead(plan: Plan) -> str:
    """What the release leads to, as it is."""
    ahead = ahead_of(plan.case, plan.board.today)
    if ahead.next is not None and ahead.day is not None and ahead.next.assignee is not None:
        return f"Next: {ahead.next.heading}, {ahead.day:%-d %B %Y}, with {ahead.next.assignee.name}, who is reminded."
    if ahead.reason is not None:
        return f"Nothing is planned; the reason is looked at again on {ahead.reason.look_again_on:%-d %B %Y}."
    return "Nothing dated lies ahead of this case."


@require_POST
def plan_release(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.release")
    form = release_form(plan, request.POST)
    if form.is_valid():
        data = packed(form.cleaned_data)
        with attempt(request, form) as outcome:
            plans.release_plan(
                plan,
                by=request.user,
                expected_version=data["version"],
                expected_hash=data["content_hash"],
                note=data["note"],
                acknowledged=data.get("acknowledged", []),
                ahead=data.get("ahead"),
                passed=data.get("passed", ""),
                passed_on=data.get("passed_on"),
                instead=form.instead,
            )
        if outcome.ok:
            messages.success(request, f"Plan {plan.number} is in force. {words_ahead(plan)}")
            return redirect("careplans:plan", plan.pk)
    plan = get_plan(request, pk)
    context = signoff_context(request, plan, None, release=form)
    return render_page(request, "careplans/signatures/signoff.html", plan.board, context, status=400)


@require_POST
def plan_recall(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.draft")
    form = ReasonForm(request.POST, auto_id="id_recall_%s")
    if form.is_valid():
        data = form.cleaned_data
        with attempt(request, form) as outcome:
            plans.recall_plan(plan, by=request.user, expected_version=data["version"], reason=data["reason"])
        if outcome.ok:
            messages.success(request, "The plan is a draft again; signatures given so far are void.")
            return redirect("careplans:plan_edit", plan.pk)
    plan = get_plan(request, pk)
    context = signoff_context(request, plan, None, recall=form)
    return render_page(request, "careplans/signatures/signoff.html", plan.board, context, status=400)


@require_POST
def delegate(request: SignedInRequest, pk: int, signature: int) -> HttpResponse:
    plan = get_plan(request, pk, "plans.sign")
    wanted = get_object_or_404(Signature.objects.select_related("plan", "board"), pk=signature, plan=plan)
    form = DelegateForm(request.POST, board=plan.board)
    if form.is_valid():
        with attempt(request, form) as outcome:
            signatures.delegate_signature(wanted, by=request.user, to=form.cleaned_data["to"])
        if outcome.ok:
            messages.success(request, f"{form.cleaned_data['to'].name} has been asked to answer for you.")
            return redirect("careplans:signoff", plan.pk)
    context = signoff_context(request, plan, None, delegate=form)
    return render_page(request, "careplans/signatures/signoff.html", plan.board, context, status=400)
