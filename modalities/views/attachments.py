"""Images and PDFs beside a page: listed, attached, withdrawn, and served."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from modalities.forms.attachments import AttachmentForm
from modalities.forms.revisions import WithdrawForm
from modalities.models import Attachment
from modalities.services.attachments import attach, withdraw_attachment
from modalities.views.modalities import get_modality, works_on_pages

# Should a browser ever take one for a page after all, it may load nothing and run nothing.
POLICY = "default-src 'none'; sandbox"


def attachment_list(request: SignedInRequest, slug: str) -> HttpResponse:
    modality = get_modality(request, slug)
    if modality.is_group:
        raise Http404
    rows = modality.attachments.for_list()
    context = {"nav": "reference", "modality": modality}
    context["attachments"] = rows if works_on_pages(request) else rows.live()
    return render(request, "modalities/attachments/list.html", context)


def new(request: SignedInRequest, slug: str) -> HttpResponse:
    require(request.user, "reference.edit")
    modality = get_modality(request, slug)
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        with attempt(request, form):
            made = attach(modality, by=request.user, data=_read(given.pop("file")), **given)
        if form.is_valid():
            messages.success(request, f"Attached. Write {made.marker} in the draft to show it.")
            return redirect("modalities:attachments", slug=slug)
    context = {"nav": "reference", "modality": modality, "form": form}
    return render(request, "modalities/attachments/new.html", context)


def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "reference.edit")
    found = get_attachment(request, pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            withdraw_attachment(found, by=request.user, reason=form.cleaned_data["reason"])
        if form.is_valid():
            messages.success(request, f"“{found.title}” is withdrawn.")
            return redirect("modalities:attachments", slug=found.modality.slug)
    context = {"nav": "reference", "attachment": found, "modality": found.modality, "form": form}
    return render(request, "modalities/attachments/withdraw.html", context)


def attachment(request: SignedInRequest, pk: int) -> HttpResponse:
    """The bytes. Withdrawn ones too: old revisions show them."""
    require(request.user, "reference.read")
    found = get_attachment(request, pk)
    etag = f'"{found.sha256}"'
    response = get_conditional_response(request, etag=etag) or _bytes(found)
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def get_attachment(request: SignedInRequest, pk: int) -> Attachment:
    """Without its bytes; 404 for readers while the page itself is not published."""
    found = Attachment.objects.defer("content").select_related("modality").filter(pk=pk).first()
    if found is None or not (found.modality.is_known or works_on_pages(request)):
        raise Http404
    return found


def _bytes(found: Attachment) -> HttpResponse:
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    name = f"{slugify(found.title)[:80] or 'file'}.{found.extension}"
    response["Content-Disposition"] = content_disposition_header(not found.is_image, name) or "attachment"
    return response


def _read(file: UploadedFile) -> bytes:
    """Not more than may be kept: a larger one is refused by its size alone."""
    size, limit = file.size or 0, settings.ATTACHMENT_MAX_BYTES
    if size > limit:
        words = f"The file has {size / 2**20:.1f} MB; at most {limit / 2**20:g} MB fit. Make it smaller."
        raise ValidationError({"file": words})
    return bytes(file.read())
