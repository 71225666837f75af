from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import get_visible
from accounts.http import SignedInRequest
from accounts.pages import attempt, attempt_in_part, render_page, saved_json, told_rest_saved
from accounts.permissions import can
from careplans.forms.partial import Typed
from careplans.forms.proforma import (
    HistoryFilterForm,
    TherapyEditForm,
    TherapyForm,
    TherapyWithdrawForm,
    in_words,
    listed,
    proforma_form,
    read_proforma,
    shown,
    still_open,
    with_choice,
)
from careplans.forms.stale import Standing, meet_current
from careplans.models import Case, FactChange, PriorTreatment
from careplans.readers.confirmed_days import of_facts
from careplans.readers.facts.contradictions import ASKABLE, Mark, contradictions_of, marks_of
from careplans.readers.facts.proforma import Group, groups, label_of
from careplans.readers.steps.given import given_steps
from careplans.services.cases import add_prior_treatment, change_prior_treatment, withdraw_prior_treatment
from careplans.services.proforma import SavedProforma, save_proforma
from careplans.views.cases import closed, get_case
from careplans.views.plans import is_fetch, refused_json
from common import asked
from common.paging import key_page
from common.shown import mark


@dataclass(frozen=True)
class Row:
    """A field of the form with what its writer saw, and both sides where two people changed it."""

    field: BoundField
    base: list[str]
    conflict: dict[str, Any] | None

    @property
    def has_many(self) -> bool:
        return isinstance(self.field.field.widget, forms.CheckboxSelectMultiple)

    @property
    def is_wide(self) -> bool:
        return self.has_many or isinstance(self.field.field.widget, forms.Textarea)


@require_GET
def proforma(request: SignedInRequest, pk: int) -> HttpResponse:
    return proforma_page(request, get_case(request, pk))


def proforma_page(
    request: SignedInRequest, case: Case, data: QueryDict | None = None, conflicts: dict[str, Any] | None = None
) -> HttpResponse:
    """To fill in, or to read for whoever may not. With `data`: what could not be saved, as it was typed."""
    may_edit = case.is_open and can(request.user, "cases.edit", case.board)
    form = proforma_form(case.proforma, data) if data is not None or may_edit else None
    if form and data is not None:
        asked.tell(form)
    parts = changed_parts(case)
    context = parts | {
        "form": form, "sections": sections(case, form, parts["groups"], data, conflicts or {}) if form else [],
        "nav": "patients",
        "is_refused": data is not None,
        "therapies": [t for t in case.prior_treatments.all() if t.removed_at is None], "given": given_steps(case.pk),
        "in_proforma": True,
    }  # fmt: skip
    return render_page(request, "careplans/proforma/proforma.html", case.board, context, status=400 if data else 200)


def changed_parts(case: Case) -> dict[str, Any]:
    """What follows from the facts and is drawn anew after each save."""
    last = FactChange.objects.filter(case=case).select_related("by").first()
    asked = contradictions_of(case.proforma)
    return {
        "case": case, "groups": groups(case.proforma), "last_change": last, "contradictions": asked, "marks": marks_of(asked),
        "links_to_fields": case.is_open,
    }  # fmt: skip


def sections(
    case: Case, form: forms.Form, parts: list[Group], data: QueryDict | None, conflicts: dict[str, Any]
) -> list[tuple[Group, list[Row]]]:
    def seen(name: str) -> list[str]:
        return data.getlist(f"base-{name}") if data is not None else listed(getattr(case.proforma, name))

    return [
        (part, [
            Row(marked(form[fact.name]), seen(fact.name) or [""], conflicts.get(fact.name))
            for fact in part.facts if fact.name in form.fields
        ])
        for part in parts
    ]  # fmt: skip


def marked(field: BoundField) -> BoundField:
    """Described by the mark beside it too, which is empty while nothing about it is asked (`proforma/_row.html`)."""
    if field.name in ASKABLE and not field.use_fieldset:
        ids = (field.aria_describedby, f"asked-{field.name}")
        field.field.widget.attrs["aria-describedby"] = " ".join(one for one in ids if one)
    return field


@require_POST
def proforma_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Autosave of the fields that changed; without script the whole form arrives here at once."""
    case = get_case(request, pk, "cases.edit")
    data = with_choice(request.POST, case.proforma)
    typed = read_proforma(data, case.proforma)
    with attempt_in_part(request, typed.form) as outcome:
        saved = save_proforma(case, typed.values, by=request.user, base=typed.base)
    if not outcome.ok:
        return refused(request, case, typed)
    case.proforma = saved.proforma
    conflicts = disputes(case, typed, saved)
    if is_fetch(request):
        return answer(request, case, typed, conflicts)
    if not typed.errors and not conflicts:
        messages.success(request, "The proforma is saved.")
        return redirect("careplans:proforma", case.pk)
    told_rest_saved(request, typed.values, conflicts)
    return proforma_page(request, case, still_open(data, saved.proforma, {*typed.errors, *conflicts}), conflicts)


def refused(request: SignedInRequest, case: Case, typed: Typed) -> HttpResponse:
    """Nothing could be saved, for example because the case was closed meanwhile. What was typed stays on the page."""
    if is_fetch(request):
        return refused_json(typed.form, case.proforma.version)
    if words := " ".join(str(error) for error in typed.form.non_field_errors()):
        messages.error(request, words)
    return proforma_page(request, case, request.POST)


def answer(request: SignedInRequest, case: Case, typed: Typed, conflicts: dict[str, Any]) -> HttpResponse:
    saved = {name: shown(getattr(case.proforma, name)) for name in typed.values if name not in conflicts}
    return saved_json(
        version=case.proforma.version, saved=saved, errors=typed.errors, conflicts=conflicts,
        html=fragments(request, case), opens=[part.slug for part in groups(case.proforma) if part.is_extra and part.is_open],
    )  # fmt: skip


def fragments(request: HttpRequest, case: Case) -> dict[str, str]:
    context = changed_parts(case)
    templates = {
        "case-header": "careplans/cases/_header.html", "proforma-index": "careplans/proforma/_index.html",
        "proforma-jump": "careplans/proforma/_index.html", "proforma-questions": "careplans/contradictions/_asked.html",
        "proforma-changed": "careplans/proforma/_changed.html",
    }  # fmt: skip
    unmarked = at_field(None)
    marks: dict[str, str] = {
        f"asked-{name}": at_field(found) if (found := context["marks"].get(name)) else unmarked for name in ASKABLE
    }
    return marks | {part: render_to_string(template, context, request=request) for part, template in templates.items()}


def at_field(marks: list[Mark] | None) -> str:
    return render_to_string("careplans/contradictions/_at_field.html", {"marks": marks})


def disputes(case: Case, typed: Typed, saved: SavedProforma) -> dict[str, Any]:
    """Both sides of each field that a colleague changed meanwhile, and who it was."""
    if not saved.conflicts:
        return {}
    changes = FactChange.objects.filter(case=case, field__in=list(saved.conflicts)).select_related("by")
    newest = {change.field: change for change in reversed(changes)}
    return {
        name: {
            "label": label_of(name), "theirs": shown(theirs), "mark": mark(shown(theirs)), "mine": shown(typed.values[name]),
            "theirs_words": in_words(typed.form, name, theirs), "mine_words": in_words(typed.form, name, typed.values[name]),
            **(_who_and_when(newest[name], case) if name in newest else {}),
        }
        for name, theirs in saved.conflicts.items()
    }  # fmt: skip


def _who_and_when(change: FactChange, case: Case) -> dict[str, str]:
    at, now = change.at.astimezone(case.board.zone), timezone.now().astimezone(case.board.zone)
    return {"by": change.by.name, "at": f"{at:%H:%M}" if at.date() == now.date() else f"{at:%-d %b %Y, %H:%M}"}


@require_GET
def proforma_history(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_visible(Case.objects.for_header(), request.user, "patients.view", pk=pk)
    form = HistoryFilterForm(request.GET)
    rows = FactChange.objects.filter(case=case).select_related("by")
    if form.wanted():
        rows = rows.filter(field=form.wanted())
    page = key_page(rows, order=("-pk",), params=request.GET, size=50)
    context = {"case": case, "page": page, "form": form, "confirmed": of_facts(page.rows), "nav": "patients"}
    return render_page(request, "careplans/proforma/history.html", case.board, context)


def prior_treatment_new(request: SignedInRequest, pk: int) -> HttpResponse:
    case = get_case(request, pk, "cases.edit")
    if answer := closed(request, case):
        return answer
    form = TherapyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            add_prior_treatment(case, by=request.user, **form.cleaned_data)
        if outcome.ok:
            messages.success(request, "The previous therapy is on the list.")
            return redirect(_therapies(case.pk))
    context = {"case": case, "form": form, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/proforma/therapy.html", case.board, context, status=status)


def prior_treatment_edit(request: SignedInRequest, pk: int, therapy: int) -> HttpResponse:
    row = get_prior_treatment(request, pk, therapy)
    if answer := closed(request, row.case):
        return answer
    form = TherapyEditForm(request.POST) if request.method == "POST" else TherapyEditForm.of(row)
    standing: list[Standing] = []
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"]
        with attempt(request, form) as outcome:
            change_prior_treatment(row, by=request.user, expected_version=version, **form.values())
        if outcome.ok:
            messages.success(request, "The previous therapy is saved.")
            return redirect(_therapies(pk))
        standing = meet_current(form, row) if version != row.version else []
    context = {"case": row.case, "form": form, "therapy": row, "standing": standing, "nav": "patients"}
    status = 400 if form.is_bound else 200
    return render_page(request, "careplans/proforma/therapy.html", row.case.board, context, status=status)


@require_POST
def prior_treatment_withdraw(request: SignedInRequest, pk: int, therapy: int) -> HttpResponse:
    row, form = get_prior_treatment(request, pk, therapy), TherapyWithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it does not belong here.")
        return redirect(_therapies(pk))
    with attempt(request) as outcome:
        told = form.cleaned_data
        withdraw_prior_treatment(row, by=request.user, expected_version=told["version"], reason=told["reason"])
    if outcome.ok:
        messages.success(request, "The previous therapy is off the list; it stays on record.")
    return redirect(_therapies(pk))


def get_prior_treatment(request: SignedInRequest, case: int, pk: int) -> PriorTreatment:
    listed = get_case(request, case, "cases.edit").prior_treatments.all()
    row: PriorTreatment | None = next((row for row in listed if row.pk == pk and row.removed_at is None), None)
    if row is None:
        raise Http404
    return row


def _therapies(case: int) -> str:
    return reverse("careplans:proforma", args=[case]) + "#part-therapies"
