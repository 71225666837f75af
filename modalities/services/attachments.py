import hashlib
import re

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.writing import transactional
from modalities.markup import MARKER, OUR_OWN, added_in, numbers_in
from modalities.models import Attachment, Modality, Source, Statement
from modalities.services.uploads import clean_upload


@transactional
def attach(modality: Modality, *, by: User, data: bytes, title: str, alternative_text: str, source: str) -> Attachment:
    """Keep a file beside a page. It is never changed, because revisions that stand forever show it."""
    require(by, "reference.edit")
    if modality.is_group:
        raise ValidationError("A group has no page of its own. Attach the file to one of the pages in it.")
    marker = check_source(source)
    kept = clean_upload(data)
    alternative = " ".join(alternative_text.split())
    if kept.content_type != Attachment.ContentType.PDF and not alternative:
        raise ValidationError({"alternative_text": "Say what the image shows, for readers who cannot see it."})
    made = Attachment.objects.create(
        modality=modality, title=title.strip(), alternative_text=alternative, source=marker, content=kept.content,
        content_type=kept.content_type, size=len(kept.content), width=kept.width, height=kept.height,
        sha256=hashlib.sha256(kept.content).hexdigest(), uploaded_by=by,
    )  # fmt: skip
    data_ = {"modality": modality.slug, "sha256": made.sha256, "type": made.content_type, "bytes": made.size}
    audit.record("reference.attachment_added", by=by, subject=made, label=str(made)[:160], data=data_)
    return made


@transactional
def withdraw_attachment(attachment: Attachment, *, by: User, reason: str) -> None:
    """Off the list. Revisions that show it go on showing it: they say what was known at their time."""
    require(by, "reference.edit")
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is withdrawn."})
    told = {"withdrawn_at": timezone.now(), "withdrawn_by": by, "withdrawn_reason": reason.strip()}
    if Attachment.objects.filter(pk=attachment.pk, withdrawn_at=None).update(**told) != 1:
        raise ValidationError("This file has been withdrawn already.")
    data = {"reason": reason.strip()}
    audit.record("reference.attachment_withdrawn", by=by, subject=attachment, label=str(attachment)[:160], data=data)


def check_source(text: str) -> str:
    """What stands inside the marker of a source: statements, added sources, or ours. All of them must exist."""
    inside = " ".join(text.strip().strip("[]").split())
    if inside.lower() in {"our own", "ours", "own", "-", "–", OUR_OWN}:
        return OUR_OWN
    inside = re.sub(r"\s*,\s*", ", ", inside.upper())
    marker = f"[{inside}]"
    if MARKER.fullmatch(marker) is None:
        raise ValidationError(
            {"source": "Write statements such as S20 or S28, S29, an added source such as E1, or “our own”."}
        )
    numbers, added = set(numbers_in(marker)), set(added_in(marker))
    known = set(Statement.objects.filter(number__in=numbers).values_list("number", flat=True))
    listed = set(Source.objects.filter(number__in=added).values_list("number", flat=True))
    missing = sorted(numbers - known) + [f"E{number}" for number in sorted(added - listed)]
    if missing:
        raise ValidationError(
            {"source": f"There is no {', '.join(missing)}. Look at the lists of statements and sources."}
        )
    return inside
