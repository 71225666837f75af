"""What is inside an uploaded file, and what of it is kept. Believes neither its name nor the browser.

An image is drawn anew from its pixels, so that metadata (a place, a patient's name) and anything hidden behind the
picture are gone. A PDF cannot be cleaned like that: one that could act by itself is refused.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from modalities.models import Attachment

ContentType = Attachment.ContentType

FORMATS = {ContentType.PNG: "PNG", ContentType.JPEG: "JPEG", ContentType.WEBP: "WEBP"}
BROKEN_IMAGE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError)
# What a damaged or hostile file makes the reader raise, beside its own errors.
BROKEN_PDF = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError)
# Keys by which a PDF runs, opens, sends or carries something.
ACTIVE_KEYS = frozenset({"/JavaScript", "/JS", "/EmbeddedFiles", "/EF", "/AA", "/XFA", "/RichMediaContent"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition"})
ACTIVE_KINDS = frozenset({"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"})
# The same, for what no reader sees because no table of the file leads to it. Long enough not to stand there by chance.
ACTIVE_BYTES = re.compile(rb"/(?:JavaScript|EmbeddedFile|Launch|RichMedia)")
ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
OBJECTS = 200_000


@dataclass(frozen=True)
class Kept:
    """What is stored; sizes in pixels, for images."""

    content_type: Attachment.ContentType
    content: bytes
    width: int | None = None
    height: int | None = None


def clean_upload(data: bytes) -> Kept:
    """ValidationError on `file`, with what to do, unless this is a harmless PNG, JPEG, WebP or PDF within the limits."""
    limit = settings.ATTACHMENT_MAX_BYTES
    if len(data) > limit:
        _refuse(f"The file has {len(data) / 2**20:.1f} MB; at most {limit / 2**20:g} MB fit. Make it smaller.")
    kind = kind_of(data)
    if kind is None:
        _refuse("This is not a PNG, JPEG or WebP image or a PDF, whatever its name says. Choose another file.")
    kept = _clean_pdf(data) if kind == ContentType.PDF else _clean_image(data, kind)
    if len(kept.content) > limit:
        _refuse("Without its compression tricks the image is too large. Save it with fewer pixels and try again.")
    return kept


def kind_of(data: bytes) -> Attachment.ContentType | None:
    """By the first bytes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ContentType.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return ContentType.JPEG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ContentType.WEBP
    return ContentType.PDF if data.startswith(b"%PDF-") else None


def _clean_image(data: bytes, kind: Attachment.ContentType) -> Kept:
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[kind]]) as image:
            # Before a pixel is unpacked: a few kilobytes can claim to be a picture of gigabytes.
            if image.width * image.height > settings.ATTACHMENT_MAX_PIXELS:
                _refuse(
                    f"The image has {image.width} × {image.height} pixels; at most "
                    f"{settings.ATTACHMENT_MAX_PIXELS / 1e6:g} million fit. Save it smaller."
                )
            if getattr(image, "n_frames", 1) > 1:
                _refuse("Moving images are not shown. Choose a still one.")
            return _drawn_anew(image, kind)
    except BROKEN_IMAGE as error:
        raise ValidationError(
            {"file": "The image cannot be read. Open it, save it again and try once more."}
        ) from error


def _drawn_anew(image: Image.Image, kind: Attachment.ContentType) -> Kept:
    """Upright, with its pixels and nothing else."""
    upright = _in_eight_bits(ImageOps.exif_transpose(image))
    has_alpha = "A" in upright.getbands() or "transparency" in upright.info
    mode = "RGBA" if has_alpha and kind != ContentType.JPEG else "RGB"
    pixels = upright.convert(mode)
    bare = Image.new(mode, pixels.size)
    bare.paste(pixels)
    out = io.BytesIO()
    bare.save(out, FORMATS[kind], **({} if kind == ContentType.PNG else {"quality": 90}))
    return Kept(kind, out.getvalue(), bare.width, bare.height)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Greys of sixteen bits, as scanners and radiology write them; Pillow would cut off all above 255, and leave white."""
    if not image.mode.startswith("I"):
        return image
    # A file of sixteen bits is read in 32 by some versions; darker than black or lighter than white there is nothing.
    return image.convert("I").point(lambda grey: grey / 257).convert("L")


def _clean_pdf(data: bytes) -> Kept:
    if b"%%EOF" not in data[-1024:] or data.rstrip(b"\r\n \t\0").endswith(b"%%EOF") is False:
        _refuse("The PDF does not end as one should: it is cut off, or something hangs on it. Export it again.")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            _refuse("The PDF is encrypted, so it cannot be checked. Save it without a password and try again.")
        if len(reader.pages) == 0:
            _refuse("The PDF has no page.")
        is_active = any(_acts(found) for found in _dictionaries(reader))
    except BROKEN_PDF as error:
        raise ValidationError({"file": "The PDF cannot be read. Export it again and try once more."}) from error
    if is_active or ACTIVE_BYTES.search(ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), data)):
        _refuse("The PDF holds scripts, attached files or actions. Print it to a new PDF and choose that.")
    return Kept(ContentType.PDF, data)


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary that hangs on the root of the file."""
    waiting: list[Any] = [reader.trailer["/Root"]]
    seen: set[int] = set()
    count = 0
    while waiting:
        count += 1
        if count > OBJECTS:
            _refuse("The PDF has too many parts to be checked. Print it to a new PDF and choose that.")
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if found.idnum in seen:
                continue
            seen.add(found.idnum)
            found = found.get_object()
        if isinstance(found, DictionaryObject):
            yield found
            waiting += list(dict.values(found))
        elif isinstance(found, ArrayObject):
            waiting += list(list.__iter__(found))


def _acts(found: DictionaryObject) -> bool:
    keys = set(dict.keys(found))
    names = {str(found.get(key)) for key in ("/S", "/Type", "/Subtype") if isinstance(found.get(key), NameObject)}
    return bool(keys & ACTIVE_KEYS or names & (ACTIVE_ACTIONS | ACTIVE_KINDS))


def _refuse(sentence: str) -> NoReturn:
    raise ValidationError({"file": sentence})
