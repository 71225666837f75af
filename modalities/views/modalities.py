from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from modalities.forms.modalities import NewPageForm, PlaceForm, RetireForm
from modalities.models import Modality, Publication, Statement, Trial
from modalities.reading import Node, build_tree, read_texts, settle, shown_in_tree, texts_of
from modalities.services import modalities as pages

# Pages that are remembered until a session ends.
LAST_OPENED = 3


def index(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    retired = Modality.objects.filter(retired_at__isnull=False) if works_on_pages(request) else None
    context = {"nav": "reference", "nodes": _tree(request, None), "retired": retired}
    return render(request, "modalities/modalities/index.html", context)


def page(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    if modality.is_group and not modality.retired_at:
        return redirect(f"{reverse('modalities:index')}#{modality.slug}")
    remember_page(request, slug)
    revision = modality.current_revision
    context = {
        "nav": "reference",
        "modality": modality,
        "revision": revision,
        "reading": read_texts(texts_of(revision)) if revision else None,
        "waiting": Publication.objects.waiting_of(modality),
        "trials": Trial.objects.for_page() if _is_trials_page(modality) else None,
        "attachments": modality.attachments.live().exists(),
        "nodes": _tree(request, modality.pk) if modality.parent_id is None else [],
    }
    return render(request, "modalities/modalities/page.html", context)


def remember_page(request: SignedInRequest, slug: str) -> None:
    """What the search offers while nothing is typed. The session is written only where another page was opened."""
    pages: list[str] = request.session.get("pages", [])
    if pages[:1] != [slug]:
        request.session["pages"] = [slug, *(one for one in pages if one != slug)][:LAST_OPENED]


def page_print(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page on paper: what is in force, with everything it rests on below it."""
    modality = get_modality(request, slug)
    revision = modality.current_revision
    if revision is None:
        raise Http404
    context = {
        "nav": "reference",
        "modality": modality,
        "revision": revision,
        "reading": read_texts(texts_of(revision)),
        "waiting": Publication.objects.waiting_of(modality),
    }
    return render(request, "modalities/modalities/print.html", context)


def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    form = NewPageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with attempt(request, form):
            made = pages.add_page(
                pages.Place(**form.place()), by=request.user, slug=given["slug"], is_group=given["is_group"]
            )
        if form.is_valid():
            messages.success(request, _added(made))
            return redirect("modalities:index") if made.is_group else redirect("modalities:draft", slug=made.slug)
    return render(request, "modalities/modalities/new.html", {"nav": "reference", "form": form})


def place(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    start = {name: getattr(modality, name) for name in ("title", "parent", "order", "code", "version")}
    form = PlaceForm(request.POST or None, initial=start, page=modality)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["version"] or 0
        with attempt(request, form):
            pages.move_page(modality, pages.Place(**form.place()), by=request.user, expected_version=seen)
        if form.is_valid():
            messages.success(request, f"The place of “{modality.title}” is saved.")
            return redirect("modalities:index")
    return render(request, "modalities/modalities/place.html", {"nav": "reference", "modality": modality, "form": form})


def retire(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.approve")
    modality = get_modality(request, slug)
    form = RetireForm(request.POST or None, initial={"version": modality.version})
    if request.method == "POST" and form.is_valid():
        seen, reason = form.cleaned_data["version"], form.cleaned_data["reason"]
        with attempt(request, form):
            pages.retire_page(modality, by=request.user, expected_version=seen, reason=reason)
        if form.is_valid():
            messages.success(request, f"“{modality.title}” is retired. It stays readable for the plans that use it.")
            return redirect("modalities:index")
    return render(
        request, "modalities/modalities/retire.html", {"nav": "reference", "modality": modality, "form": form}
    )


@require_POST
def restore(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.approve")
    modality = get_modality(request, slug)
    form = RetireForm({"version": request.POST.get("version", ""), "reason": "-"})
    if form.is_valid():
        with attempt(request, form):
            pages.restore_page(modality, by=request.user, expected_version=form.cleaned_data["version"])
    if form.is_valid():
        messages.success(request, f"“{modality.title}” is back in the tree.")
    for sentence in [] if form.is_valid() else form.non_field_errors():
        messages.error(request, str(sentence))
    return redirect("modalities:page", slug=slug)


def get_modality(request: SignedInRequest, slug: str) -> Modality:
    """The page behind a URL, for anybody who may read the reference pages, or 404."""
    require(request.user, "reference.read")
    modality = Modality.objects.for_page().filter(slug=slug).first()
    if modality is None:
        raise Http404
    settle([modality])
    if not modality.is_known and not works_on_pages(request):
        raise Http404
    return modality


def works_on_pages(request: SignedInRequest) -> bool:
    """Editors and approvers, who also see what is not yet published."""
    return can(request.user, "reference.edit") or can(request.user, "reference.approve")


def _tree(request: SignedInRequest, root: int | None) -> list[Node]:
    shown = shown_in_tree(Modality.objects.for_tree(), to_editors=works_on_pages(request))
    return build_tree(shown, Statement.objects.with_flags()).get(root, [])


def _is_trials_page(modality: Modality) -> bool:
    return modality.is_supplied and modality.code == Modality.Code.TRIAL


def _added(page: Modality) -> str:
    if page.is_group:
        return f"The group “{page.title}” is added. Readers see it once it holds a published page."
    return f"“{page.title}” is added. Readers see it once its first draft is approved: start that draft here."
