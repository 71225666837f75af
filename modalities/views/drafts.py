"""The draft of a page: what editors see and do."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt, told_rest_saved
from accounts.permissions import can, require
from common.errors import Conflict
from common.once import set_aside
from modalities.forms.drafts import ApproveForm, DraftForm, Typed, control_value, read_typed
from modalities.forms.workflow import SendBackForm, VersionForm
from modalities.models import Draft, DraftEvent, Modality, Publication
from modalities.reading import changes_between, full_texts_of, read_texts, texts_of
from modalities.services import drafts
from modalities.services.sourcing import check_sources
from modalities.views.modalities import get_modality

VERBS = {
    "send": (drafts.send_to_review, "The draft is in review. An approver reads it next."),
    "recall": (drafts.recall_draft, "The draft is back with you."),
    "discard": (drafts.discard_draft, "The draft is discarded. The page stays as it is."),
}


def draft(request: SignedInRequest, slug: str) -> HttpResponse:
    """What would change, word by word; for editors and approvers."""
    if not can(request.user, "reference.approve"):
        require(request.user, "reference.edit")
    return show_draft(request, get_modality(request, slug))


def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    found = open_draft(modality)
    if found is None or not found.is_writable:
        return redirect("modalities:draft", slug=slug)
    return show_form(request, modality, found, DraftForm(initial=values_of(found)))


@require_POST
def save(request: SignedInRequest, slug: str) -> HttpResponse:
    """Autosave, with the protocol of static/README.md; without script the whole form arrives here at once."""
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    found, typed = open_draft(modality), read_typed(request.POST)
    if found is None:
        return refusal(request, slug, "This draft is no longer open. Copy your text before you leave the page.")
    try:
        with set_aside():  # as `attempt_in_part`
            found, theirs = drafts.edit_draft(found, typed.values, by=request.user, base=typed.base)
    except (Conflict, ValidationError) as error:
        return refusal(request, slug, error.message if isinstance(error, Conflict) else " ".join(error.messages))
    if request.headers.get("X-Requested-With") == "fetch":
        return saved_json(found, typed, theirs)
    if theirs or typed.errors:
        told_rest_saved(request, typed.values, theirs)
        return show_unsaved(request, modality, found, typed, theirs)
    messages.success(request, "Saved.")
    return redirect("modalities:draft" if "read" in request.POST else "modalities:edit", slug=slug)


@require_POST
def act(request: SignedInRequest, slug: str) -> HttpResponse:
    """Begin, bring up to date, send, take back, discard."""
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    found, verb, form = open_draft(modality), request.POST.get("verb", ""), VersionForm(request.POST)
    form.is_valid()
    with attempt(request, form):
        if verb == "begin":
            drafts.begin_draft(modality, by=request.user)
        elif verb == "rebase" and found is not None:
            drafts.rebase_draft(found, by=request.user)
        elif verb in VERBS and found is not None and "version" in form.cleaned_data:
            do, done = VERBS[verb]
            do(found, by=request.user, expected_version=form.cleaned_data["version"])
            messages.success(request, done)
            return redirect("modalities:draft", slug=slug)
        else:
            return redirect("modalities:draft", slug=slug)
    if verb in ("begin", "rebase") and not form.non_field_errors():
        return redirect("modalities:edit", slug=slug)
    return show_draft(request, get_modality(request, slug), refused=form, status=409)


def open_draft(modality: Modality) -> Draft | None:
    return modality.drafts.open().select_related("modality", "author", "changed_by", "base_revision").first()


def show_draft(request: SignedInRequest, modality: Modality, status: int = 200, **extra: object) -> HttpResponse:
    found = open_draft(modality)
    context: dict[str, object] = {"nav": "reference", "modality": modality, "draft": found}
    context["scheduled"] = Publication.objects.waiting_of(modality)
    if found is not None:
        base = dict.fromkeys(Draft.TEXTS, "") if found.base_revision is None else full_texts_of(found.base_revision)
        changed, same = changes_between(base, full_texts_of(found))
        events = list(found.events.select_related("by"))
        wrote = any(e.by_id == request.user.pk and e.kind in DraftEvent.WRITING for e in events)
        context |= {"changed": changed, "same": same, "preview": read_texts(texts_of(found)), "events": events}
        context |= {"wrote": wrote, "is_stale": found.base_revision_id != modality.current_revision_id}
        unsourced = check_sources(texts_of(found), modality) if found.is_writable else {}
        context |= {"unsourced": [(name, drafts.LABELS[name], problems) for name, problems in unsourced.items()]}
        start = {"version": found.version}
        context |= {"approve": ApproveForm(initial=start), "send_back": SendBackForm(initial=start)}
    return render(request, "modalities/drafts/draft.html", context | extra, status=status)


def show_form(
    request: SignedInRequest, modality: Modality, found: Draft, form: DraftForm, status: int = 200
) -> HttpResponse:
    seen = [(name, control_value(value)) for name, value in values_of(found).items()]
    context = {"nav": "reference", "modality": modality, "draft": found, "form": form, "seen": seen}
    return render(request, "modalities/drafts/edit.html", context, status=status)


def show_unsaved(
    request: SignedInRequest, modality: Modality, found: Draft, typed: Typed, theirs: dict[str, object]
) -> HttpResponse:
    """Without script: what was typed stays in the form; saving again keeps it."""
    for name, value in theirs.items():
        words = f"{found.changed_by.name} changed this to “{control_value(value)}” while you were typing."
        typed.form.add_error(name, f"{words} Save again to keep yours.")
    typed.form.data = {name: control_value(value) for name, value in values_of(found).items()} | {
        name: typed.form.data[name] for name in Draft.EDITABLE if name in theirs or name in typed.errors
    }
    return show_form(request, modality, found, typed.form, status=409 if theirs else 200)


def saved_json(found: Draft, typed: Typed, theirs: dict[str, object]) -> JsonResponse:
    conflicts = {
        name: {
            "label": str(typed.form.fields[name].label or name.title()), "theirs": control_value(value),
            "mine": control_value(typed.values[name]), "by": found.changed_by.name,
            "at": f"{found.changed_at:%H:%M} UTC",
        }
        for name, value in theirs.items()
    }  # fmt: skip
    saved = {name: control_value(value) for name, value in typed.values.items() if name not in theirs}
    return JsonResponse({"version": found.version, "saved": saved, "errors": typed.errors, "conflicts": conflicts})


def refusal(request: SignedInRequest, slug: str, message: str) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse({"message": message}, status=409)
    messages.error(request, message)
    return redirect("modalities:draft", slug=slug)


def values_of(found: Draft) -> dict[str, object]:
    return {name: getattr(found, name) for name in Draft.EDITABLE}
