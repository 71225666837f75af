from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.permissions import require
from modalities.models import Modality, Statement, Trial
from modalities.reading import Node, build_tree, read_texts, settle, texts_of


def index(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    return render(request, "modalities/modalities/index.html", {"nav": "reference", "nodes": _tree(None)})


def page(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    if modality.is_group:
        return redirect(f"{reverse('modalities:index')}#{modality.slug}")
    revision = modality.current_revision
    context = {
        "nav": "reference",
        "modality": modality,
        "revision": revision,
        "reading": read_texts(texts_of(revision)) if revision else None,
        "trials": Trial.objects.for_page() if modality.code == Modality.Code.TRIAL else None,
        "nodes": _tree(modality.pk) if modality.parent_id is None else [],
    }
    return render(request, "modalities/modalities/page.html", context)


def get_modality(request: SignedInRequest, slug: str) -> Modality:
    """The page behind a URL, for anybody who may read the reference pages, or 404."""
    require(request.user, "reference.read")
    modality = Modality.objects.for_page().filter(slug=slug).first()
    if modality is None:
        raise Http404
    settle([modality])
    return modality


def _tree(root: int | None) -> list[Node]:
    return build_tree(settle(Modality.objects.for_tree()), Statement.objects.with_flags()).get(root, [])
