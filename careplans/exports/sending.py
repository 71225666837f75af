"""A file on its way to the person who asked for it: whole, or a part of it where a broken download goes on (RFC 9110, 14).

Django's FileResponse answers no range, and whitenoise, which does, serves what everybody may have. To hand the file to a server
in front (X-Accel-Redirect) would need one, and a centre may have none. One range is all that a download that goes on asks for.
"""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase

from careplans.api.http.conditional import has_it
from careplans.exports import files
from careplans.exports.asking import why_not
from careplans.exports.reported.heads import heads
from careplans.models import Export

# Whatever its form, which its name says: a browser shows none of them, and a program reads bytes.
TYPE = "application/octet-stream"
ONE_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?", re.ASCII)


def send_file(request: HttpRequest, export: Export) -> HttpResponseBase:
    """With its length, its hash as ETag, and the one range that was asked for; 304 to who has it. Never compressed on the way, or
    a part would be a part of something else. Raises ValidationError where it was removed meanwhile: once it is opened here, it is
    sent whole, whoever removes it."""
    if has_it_already(request, export):
        same = HttpResponseNotModified()
        same["ETag"] = _tag(export)
        return same
    handle = _opened(export)
    size = os.fstat(handle.fileno()).st_size
    first, last = _range(request, export, size)
    if first >= size and size:
        handle.close()
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    is_part = (first, last) != (0, size - 1) and size > 0
    answer = StreamingHttpResponse(_blocks(handle, first, last + 1), status=206 if is_part else 200)
    answer["Content-Type"] = TYPE
    answer["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    answer["Content-Length"] = str(last + 1 - first)
    answer["Content-Encoding"] = "identity"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = _tag(export)
    for name, value in heads(export).items():
        answer[name] = value
    if is_part:
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def has_it_already(request: HttpRequest, export: Export) -> bool:
    """Whether whoever asks has this file, and says so."""
    return export.has_file and has_it(request.headers.get("If-None-Match", ""), _tag(export))


def _tag(export: Export) -> str:
    return f'"{export.sha256}"'


def _opened(export: Export) -> BinaryIO:
    try:
        return files.finished(export).open("rb")
    except FileNotFoundError as error:
        export.refresh_from_db()
        raise ValidationError(why_not(export)) from error


def _range(request: HttpRequest, export: Export, size: int) -> tuple[int, int]:
    """First and last byte. What cannot be read, several ranges, and one of another file are answered with the whole."""
    whole = (0, size - 1)
    found = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not found or request.headers.get("If-Range", _tag(export)) != _tag(export):
        return whole
    first, last = (int(text) if text else None for text in found.groups())
    if first is None:
        return (max(size - last, 0), size - 1) if last else whole
    if last is not None and last < first:
        return whole
    return first, min(size - 1 if last is None else last, size - 1)


def _blocks(handle: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    with handle:
        handle.seek(start)
        left = end - start
        while left > 0 and (block := handle.read(min(files.BLOCK, left))):
            left -= len(block)
            yield block
