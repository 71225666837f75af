from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.pages import attempt, render_page, show_version
from accounts.permissions import can
from careplans.forms.contradictions import ContradictionAnswerForm
from careplans.models import Case, ContradictionAnswer
from careplans.readers.facts.contradictions import Contradiction, answered, asked_in
from careplans.services.contradictions import answer_contradiction
from careplans.views.cases import get_case


@dataclass(frozen=True)
class Row:
    asked: Contradiction
    form: ContradictionAnswerForm


def contradictions(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything in a case that does not go together, with the answers; and the earlier answers, which no question meets now."""
    case = get_case(request, pk, "cases.edit" if request.method == "POST" else "patients.view")
    form = None
    if request.method == "POST":
        # A part of ids, which are written with a `%s`.
        key = request.POST.get("key", "").replace("%", "")
        form = ContradictionAnswerForm(request.POST, auto_id=f"id_{key}_%s")
        if form.is_valid():
            with attempt(request, form) as outcome:
                answer_contradiction(case, by=request.user, **form.cleaned_data)
            if outcome.ok:
                messages.success(
                    request, "Your answer is kept. It is asked again only when one of these facts changes."
                )
                return redirect(f"{reverse('careplans:contradictions', args=[case.pk])}#{key}")
    return show(request, case, form)


def show(request: SignedInRequest, case: Case, refused: ContradictionAnswerForm | None) -> HttpResponse:
    key = refused["key"].value() if refused else ""
    asked = answered(case.proforma, asked_in(case, case.proforma))
    rows = [Row(one, _form(one, refused, key)) for one in asked]
    shown = {one.question.key for one in asked}
    if refused is not None and key not in shown:
        messages.error(
            request, " ".join(str(error) for error in refused.non_field_errors()) or "This is not asked any more."
        )
        messages.warning(request, f"You had typed: “{refused['reason'].value()}”")
    past = ContradictionAnswer.objects.filter(case=case).exclude(key__in=shown).select_related("by")[:100]
    may = case.is_open and can(request.user, "cases.edit", case.board)
    context = {"case": case, "rows": rows, "past": past, "may_answer": may, "nav": "patients"}
    status = 400 if refused else 200
    return render_page(request, "careplans/contradictions/list.html", case.board, context, status=status)


def _form(one: Contradiction, refused: ContradictionAnswerForm | None, key: str) -> ContradictionAnswerForm:
    if refused is None or one.question.key != key:
        return ContradictionAnswerForm.of(one)
    # What stands now is on the screen that is shown again.
    show_version(refused, one.answer.pk if one.answer else 0, name="seen")
    return refused
