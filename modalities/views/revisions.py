from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.errors import Conflict
from accounts.http import SignedInRequest
from accounts.paging import key_page
from accounts.permissions import require
from modalities.forms.revisions import RevisionForm
from modalities.models import Modality, Revision
from modalities.reading import changes_between, full_texts_of, read_texts, texts_of
from modalities.services import publish_revision
from modalities.views.modalities import get_modality, in_force


def history(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    current = in_force(modality)
    context = {
        "nav": "reference",
        "modality": modality,
        "page": key_page(modality.revisions.for_history(), order=("-number",), params=request.GET),
        "numbers": range(current.number, 0, -1),
    }
    return render(request, "modalities/revisions/history.html", context)


def revision(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    modality = get_modality(request, slug)
    found = _get_revision(modality, number)
    context = {"nav": "reference", "modality": modality, "revision": found, "reading": read_texts(texts_of(found))}
    return render(request, "modalities/revisions/revision.html", context)


def compare(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    newest = in_force(modality).number
    old = _get_revision(modality, _number(request, "old", max(newest - 1, 1)))
    new = _get_revision(modality, _number(request, "new", newest))
    changed, same = changes_between(full_texts_of(old), full_texts_of(new))
    context = {"nav": "reference", "modality": modality, "old": old, "new": new, "pair": (old, new)}
    context |= {"changed": changed, "same": same, "numbers": range(newest, 0, -1)}
    return render(request, "modalities/revisions/compare.html", context)


def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    form = RevisionForm(request.POST or None, initial=RevisionForm.initial_from(modality, in_force(modality)))
    if request.method != "POST" or not form.is_valid():
        return _show_form(request, modality, form)
    if request.POST.get("do") != "publish":
        return _show_preview(request, modality, form)
    return _publish(request, modality, form)


def _publish(request: SignedInRequest, modality: Modality, form: RevisionForm) -> HttpResponse:
    expected, due = form.cleaned_data["expected_revision"], form.cleaned_data["review_due_on"]
    draft = form.draft()
    try:
        made = publish_revision(modality, by=request.user, expected_revision=expected, draft=draft, review_due_on=due)
    except Conflict as conflict:
        return _show_conflict(request, modality, form, conflict)
    except ValidationError as error:
        form.add_error(None, error)
        return _show_form(request, modality, form)
    messages.success(request, f"Revision {made.number} of “{made.title}” is in force.")
    return redirect("modalities:page", slug=modality.slug)


def _show_form(
    request: SignedInRequest, modality: Modality, form: RevisionForm, status: int = 200, **extra: object
) -> HttpResponse:
    context = {"nav": "reference", "modality": modality, "form": form, **extra}
    return render(request, "modalities/revisions/edit.html", context, status=status)


def _show_preview(request: SignedInRequest, modality: Modality, form: RevisionForm) -> HttpResponse:
    mine = {"title": form.cleaned_data["title"], **form.sections()}
    changed, same = changes_between(full_texts_of(in_force(modality)), mine)
    return _show_form(request, modality, form, preview=read_texts(form.sections()), changed=changed, same=same)


def _show_conflict(
    request: SignedInRequest, modality: Modality, form: RevisionForm, conflict: Conflict
) -> HttpResponse:
    """Both texts, word by word; the form keeps what was typed and now starts from what stands."""
    base = modality.revisions.filter(pk=form.cleaned_data["expected_revision"]).first()
    modality = get_modality(request, modality.slug)
    theirs = in_force(modality)
    form.rebase(base, theirs)
    mine = {name: form.data[name] for name in full_texts_of(theirs)}
    changed, _ = changes_between(full_texts_of(theirs), mine)
    return _show_form(request, modality, form, status=409, conflict=conflict, theirs=theirs, changed=changed)


def _get_revision(modality: Modality, number: int) -> Revision:
    found = modality.revisions.for_history().filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _number(request: SignedInRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else default
