"""Tiny real files, made on the spot: honest ones, and some that are not what they say."""

import io
import struct
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

PLACE = "Synthetic Street 1"


def image(kind="PNG", size=(4, 3), **saved):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **saved)
    return out.getvalue()


def photo_with_a_place():
    """A JPEG whose EXIF holds a position, a description and a turn by 90 degrees."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return image("JPEG", exif=exif)


def moving():
    out = io.BytesIO()
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("navy", "white")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb(width=60_000, height=60_000):
    """A PNG of a hundred bytes that claims billions of pixels."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0" * 100)),
            (b"IEND", b""),
        )
    )


def pdf(act=None, password=""):
    """One empty page; `act` may add to it."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if act:
        act(writer)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def dictionary(values):
    return DictionaryObject({NameObject(key): value for key, value in values.items()})


def with_script(writer):
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")}
    writer.root_object[NameObject("/OpenAction")] = dictionary(script)


def with_file(writer):
    writer.add_attachment("list.txt", b"names")


def with_launch(writer):
    action = {"/Type": NameObject("/Action"), "/S": NameObject("/Launch"), "/F": TextStringObject("run.exe")}
    writer.root_object[NameObject("/OpenAction")] = dictionary(action)


def with_form_sending(writer):
    action = {"/S": NameObject("/SubmitForm"), "/F": TextStringObject("http://elsewhere.example")}
    writer.pages[0][NameObject("/A")] = dictionary(action)
