from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.permissions import require
from modalities.models import Modality, Revision, Statement
from modalities.reading import Node, build_tree, read_texts, texts_of


def index(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    return render(request, "modalities/modalities/index.html", {"nav": "reference", "nodes": _tree(None)})


def page(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    if modality.is_group:
        return redirect(f"{reverse('modalities:index')}#{modality.slug}")
    revision = in_force(modality)
    context = {
        "nav": "reference",
        "modality": modality,
        "revision": revision,
        "reading": read_texts(texts_of(revision)),
        "nodes": _tree(modality.pk) if modality.parent_id is None else [],
    }
    return render(request, "modalities/modalities/page.html", context)


def get_modality(request: SignedInRequest, slug: str) -> Modality:
    """The page behind a URL, for anybody who may read the reference pages, or 404."""
    require(request.user, "reference.read")
    modality = Modality.objects.for_page().filter(slug=slug).first()
    if modality is None:
        raise Http404
    return modality


def in_force(modality: Modality) -> Revision:
    """The revision in force; a group has none (404)."""
    if modality.current_revision is None:
        raise Http404
    return modality.current_revision


def _tree(root: int | None) -> list[Node]:
    return build_tree(Modality.objects.for_tree(), Statement.objects.with_flags()).get(root, [])
