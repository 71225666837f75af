"""What is inside an uploaded file decides, and what of it is kept. No database."""

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from modalities.services.uploads import clean_upload
from tests.modalities import files


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_an_image_is_kept_with_its_size(kind, content_type):
    kept = clean_upload(files.image(kind))
    assert (kept.content_type, kept.width, kept.height) == (content_type, 4, 3)
    assert Image.open(io.BytesIO(kept.content)).size == (4, 3)


def test_a_photo_loses_its_place_and_its_words_and_stands_upright():
    data = files.photo_with_a_place()
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    kept = clean_upload(data)
    assert not Image.open(io.BytesIO(kept.content)).getexif()
    assert files.PLACE.encode() not in kept.content
    assert b"Exif" not in kept.content
    assert (kept.width, kept.height) == (3, 4)


def test_what_hangs_behind_the_picture_is_gone():
    kept = clean_upload(files.image() + b"<script>alert(1)</script>")
    assert b"script" not in kept.content


def test_a_picture_may_be_see_through():
    out = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(clean_upload(out.getvalue()).content)).mode == "RGBA"


def test_a_plain_pdf_is_kept_as_it_is():
    data = files.pdf()
    assert clean_upload(data).content == data


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a", b"", b"MZ\x90",
    ],
)  # fmt: skip
def test_anything_else_is_refused_whatever_its_name_says(data):
    with pytest.raises(ValidationError, match="whatever its name says"):
        clean_upload(data)


@pytest.mark.parametrize(
    "data", [files.image()[:40], b"\x89PNG\r\n\x1a\n<html>", b"\xff\xd8\xff<html>", b"RIFF0000WEBP"]
)
def test_a_broken_image_is_refused(data):
    with pytest.raises(ValidationError, match="cannot be read"):
        clean_upload(data)


@pytest.mark.parametrize("size", [(60_000, 60_000), (6_000, 5_000)])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(size):
    with pytest.raises(ValidationError) as refused:
        clean_upload(files.bomb(*size))
    assert "file" in refused.value.message_dict


def test_a_moving_image_is_refused():
    with pytest.raises(ValidationError, match="Moving images"):
        clean_upload(files.moving())


def test_a_file_above_the_limit_is_refused(settings):
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(ValidationError, match="at most"):
        clean_upload(files.pdf())


@pytest.mark.parametrize("act", [files.with_script, files.with_file, files.with_launch, files.with_form_sending])
def test_a_pdf_that_acts_by_itself_is_refused(act):
    with pytest.raises(ValidationError, match="scripts, attached files or actions"):
        clean_upload(files.pdf(act))


def test_a_script_that_is_written_in_another_spelling_is_refused():
    data = files.pdf(files.with_script).replace(b"/JavaScript", b"/J#61vaScript")
    with pytest.raises(ValidationError):
        clean_upload(data)


def test_an_encrypted_pdf_is_refused():
    with pytest.raises(ValidationError, match="encrypted"):
        clean_upload(files.pdf(password="secret"))


@pytest.mark.parametrize(
    "data", [files.pdf()[:-8], files.pdf() + b"<html>", b"%PDF-1.4\n%%EOF", b"%PDF-1.4\nnothing\n%%EOF\n"]
)
def test_a_damaged_pdf_is_refused(data):
    with pytest.raises(ValidationError):
        clean_upload(data)


def greys_of_sixteen_bits(*greys, **how):
    image = Image.new("I;16", (len(greys), 1))
    for place, grey in enumerate(greys):
        image.putpixel((place, 0), grey)
    out = io.BytesIO()
    image.save(out, "PNG", **how)
    return out.getvalue()


def test_greys_of_sixteen_bits_stay_greys():
    kept = Image.open(io.BytesIO(clean_upload(greys_of_sixteen_bits(0, 1000, 30000, 65535)).content))
    assert [kept.convert("L").getpixel((place, 0)) for place in range(4)] == [0, 3, 116, 255]


def test_one_grey_of_sixteen_bits_may_be_see_through():
    """The grey that the file names as see-through does not fit into eight bits; the picture is kept all the same."""
    kept = Image.open(io.BytesIO(clean_upload(greys_of_sixteen_bits(0, 30000, transparency=30000)).content))
    assert [kept.convert("L").getpixel((place, 0)) for place in range(2)] == [0, 116]
