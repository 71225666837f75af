"""A file on its way to the person who asked for it: whole, or a part of it where a broken download goes on (RFC 9110, 14).

Django's FileResponse answers no range, and whitenoise, which does, serves what everybody may have. To hand the file to a server
in front (X-Accel-Redirect) would need one, and a centre may have none. One range is all that a download that goes on asks for.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from careplans.exports import files
from careplans.models import Export

# Whatever its form, which its name says: a browser shows none of them, and a program reads bytes.
TYPE = "application/octet-stream"
ONE_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?", re.ASCII)


def send_file(request: HttpRequest, export: Export) -> HttpResponseBase:
    """With its length, its hash as ETag, and the one range that was asked for. Never compressed on the way, or a part would be a
    part of something else."""
    path = files.finished(export)
    size = files.size_of(path)
    first, last = _range(request, export, size)
    if first >= size and size:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    is_part = (first, last) != (0, size - 1) and size > 0
    handle = path.open("rb")
    answer = StreamingHttpResponse(_blocks(handle, first, last + 1), status=206 if is_part else 200)
    answer["Content-Type"] = TYPE
    answer["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    answer["Content-Length"] = str(last + 1 - first)
    answer["Content-Encoding"] = "identity"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = f'"{export.sha256}"'
    if is_part:
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _range(request: HttpRequest, export: Export, size: int) -> tuple[int, int]:
    """First and last byte. What cannot be read, several ranges, and one of another file are answered with the whole."""
    whole = (0, size - 1)
    found = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if not found or request.headers.get("If-Range", f'"{export.sha256}"') != f'"{export.sha256}"':
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
