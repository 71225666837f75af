from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.pages import next_url, render_page, safe_path, show_version
from careplans.models import Advisory, Plan
from careplans.rules.advisories import Given, Key, answer_advisories, name_of
from careplans.rules.forms.advisories import AdvisoryAnswerForm, answer_forms
from careplans.rules.plan_advice import Advice
from careplans.views.drafting import advised, drafted
from careplans.views.plans import get_plan, is_fetch


def advisories(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that the rules say of a plan, with the board's answers, and what they said before."""
    if request.method == "POST":
        return _answer(request, get_plan(request, pk, "advisories.answer"))
    return _show(request, get_plan(request, pk), None)


def _answer(request: SignedInRequest, plan: Plan) -> HttpResponse:
    forms = answer_forms(advised(request, plan)["advice"].all, request.POST)
    # All of them are looked at, so that each says what is wrong with it.
    if any([bool(form.errors) for form in forms]):  # noqa: C419
        return _refused(request, plan, forms)
    given = {_key(form): _given(form) for form in forms if form.is_bound and form.is_given}
    try:
        answer_advisories(plan, given, by=request.user)
    except ValidationError as error:
        if not error.messages:
            return _refused(request, plan, forms)
        if not hasattr(error, "error_dict"):
            messages.error(request, " ".join(error.messages))
            return _refused(request, plan, forms) if is_fetch(request) else redirect("careplans:advisories", plan.pk)
        _sort(error, forms)
        return _refused(request, plan, forms)
    _tell_unneeded(request, forms)
    if is_fetch(request):
        return _as_it_stands(request, plan)
    count = len(given)
    messages.success(request, f"{count} answer{'' if count == 1 else 's'} saved." if count else "Nothing was changed.")
    return redirect(next_url(request, reverse("careplans:advisories", args=[plan.pk])))


def _refused(request: SignedInRequest, plan: Plan, forms: list[AdvisoryAnswerForm]) -> HttpResponse:
    """The page again; or, for an advisory that is answered where it stands, why not, and the version that stands now."""
    if not is_fetch(request):
        return _show(request, plan, forms)
    words = [str(one) for form in forms for found in form.errors.values() for one in found]
    words += [str(message) for message in messages.get_messages(request)]
    versions = [form["version"].value() for form in forms if form.is_bound]
    return JsonResponse({"message": " ".join(words), "version": versions[0] if versions else 0}, status=400)


def _as_it_stands(request: SignedInRequest, plan: Plan) -> HttpResponse:
    """The advisory that was answered where it stands, drawn anew, and what counts those without an answer."""
    context = drafted(request, get_plan(request, plan.pk))
    back = next_url(request, context["back"])
    item = next((one for one in context["advice"].all if f"{one.anchor}-version" in request.POST), None)
    context |= {"item": item, "plan_id": context["answering"], "back": back}
    html = {
        "plan-advice": render_to_string("careplans/rules/advisories/_plan.html", context, request=request),
        "unanswered": render_to_string("careplans/rules/advisories/_unanswered.html", context, request=request),
    }
    if item is not None:
        html["item"] = render_to_string("careplans/rules/advisories/_item.html", context, request=request)
    words = " ".join(str(message) for message in messages.get_messages(request))
    return JsonResponse({"html": html, "message": words})


def _tell_unneeded(request: SignedInRequest, forms: list[AdvisoryAnswerForm]) -> None:
    """An advisory stopped firing while its answer was typed: no answer is needed, but no word of it is thrown away."""
    shown = {form.prefix for form in forms}
    for name, answer in request.POST.items():
        anchor = name.removesuffix("-answer")
        if not name.endswith("-answer") or not answer or anchor in shown:
            continue
        words = " ".join(filter(None, (request.POST.get(f"{anchor}-citation"), request.POST.get(f"{anchor}-note"))))
        typed = f" You had typed: “{words}”" if words else ""
        rule = anchor.rpartition("-")[0]
        messages.warning(request, f"{rule} no longer fires on this plan, so its answer was not needed.{typed}")


def _key(form: AdvisoryAnswerForm) -> Key:
    firing = form.item.firing
    return firing.rule, None if firing.step is None else int(firing.step)


def _given(form: AdvisoryAnswerForm) -> Given:
    return Given(**{name: form.cleaned_data[name] for name in ("answer", "note", "citation", "version")})


def _sort(error: ValidationError, forms: list[AdvisoryAnswerForm]) -> None:
    """Each refusal to its advisory. The versions on the page are renewed, so that saving again is deliberate."""
    by_name = {name_of(_key(form)): form for form in forms}
    for name, sentences in error.message_dict.items():
        form = by_name[name]
        form.add_error("answer", sentences)
        if form.item.kept is not None:
            show_version(form, Advisory.objects.get(pk=form.item.kept.pk).version)


def _show(request: SignedInRequest, plan: Plan, forms: list[AdvisoryAnswerForm] | None) -> HttpResponse:
    context: dict[str, Any] = {"plan": plan, "nav": "patients"} | advised(request, plan)
    context["next"] = safe_path(request, request.POST.get("next") or request.GET.get("next") or "")
    rows = Advisory.objects.filter(plan=plan, ended_at__isnull=False).for_plan().select_related("step")
    places = {step.pk: step.heading for step in plan.steps.all()}
    advice: Advice = context["advice"]
    shown = forms or answer_forms(advice.all)
    context |= {
        "rows": [(form, places.get(int(form.item.firing.step or 0), "The whole plan")) for form in shown],
        "past": rows.order_by("-ended_at", "-pk")[:100], "errors": any(form.errors for form in shown),
    }  # fmt: skip
    return render_page(
        request, "careplans/rules/advisories/page.html", plan.board, context, status=400 if forms else 200
    )
