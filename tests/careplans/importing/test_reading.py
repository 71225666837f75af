"""How messages and Bundles are written: marks, escapes, character sets, line ends, and whatever nobody means."""

import json
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from careplans.importing.adt import read_adt
from careplans.importing.carrying_out import preview, read_upload
from careplans.importing.uploads import NotRead
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import adt, bundle, condition, observation, patient, pid, quantity
from tests.fuzzing import draw
from tests.wicked import BODIES, VALUES


def read(content):
    return read_adt(content, UTC)


def refusal(content):
    with pytest.raises(NotRead) as found:
        read(content)
    return found.value.place, found.value.words


def test_segments_end_with_cr_crlf_or_lf_and_are_one_message():
    written = adt(pid())
    found = [read(written.replace("\r", ends)) for ends in ("\r", "\r\n", "\n")]
    assert len({one.content_hash for one in found}) == 1
    assert {one.people[0].family_name for one in found} == {"Ashdown"}


def test_marks_are_those_that_the_message_names():
    upload = read("MSH*$%!?*PATADM*N***20260510**ADT$A08*7*P*2.5\rPID***N-1$$$Record number$MR**O!S!Neill$Ida**1960*F")
    assert (upload.number, upload.people[0].family_name) == ("7", "O$Neill")


def test_escapes_are_read():
    person = read(adt(pid(name=r"Smith \T\ Wesson^Zo\XEB\^\.br\x"))).people[0]
    assert (person.family_name, person.given_name) == ("Smith & Wesson", "Zoë x")


@pytest.mark.parametrize(("named", "charset"), [("UNICODE UTF-8", "utf-8"), ("8859/1", "iso-8859-1"), ("", "utf-8")])
def test_the_character_set_is_the_one_that_is_named(named, charset):
    content = adt(pid(name="Müller^Zoë"), head=f"||||||{named}").encode(charset)
    assert read(content).people[0].family_name == "Müller"


def test_a_character_set_that_is_wrong_or_unknown_is_refused():
    assert refusal(adt(pid(name="Müller^Zoë")).encode("iso-8859-1"))[0] == "MSH-18"
    assert "GB 18030-2000" in refusal(adt(pid(), head="||||||GB 18030-2000").encode())[1]


def test_the_moment_is_in_utc_and_its_zone_is_read():
    assert read(adt(pid())).sent_at == datetime(2026, 5, 10, 6, 30, tzinfo=UTC)


def test_dates_are_as_exact_as_they_are_written():
    assert [read(adt(pid(born=born))).people[0].born for born in ("1960", "196005", "19600517", "196005171230")] == [
        PartialDate(1960), PartialDate(1960, 5), PartialDate(1960, 5, 17), PartialDate(1960, 5, 17),
    ]  # fmt: skip


@pytest.mark.parametrize("born", ["19601301", "60", "yesterday", "00000101", "99999999"])
def test_a_date_that_is_none_is_refused_at_its_field(born):
    assert refusal(adt(pid(born=born)))[0] == "PID-7"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "MSH"),
        ("PID|1", "MSH"),
        ("MSH|", "MSH-2"),
        ("MSH|^^\\&|x", "MSH-2"),
        (adt(pid()) + adt(pid()), "MSH"),
        (adt(pid(), event="A03"), "MSH-9"),
        (adt(pid()).replace("ADT^", "ORU^"), "MSH-9"),
        (adt(pid(), number=""), "MSH-10"),
        (adt(), "PID"),
        (adt(pid(), pid()), "PID"),
        (adt(pid(), event="A40"), "MRG"),
        (adt("MRG|1", event="A40"), "MRG"),
        (adt(pid(), "hello"), "line 4"),
        (adt(pid(name="a\x00b")), "message"),
        (adt(pid(name=r"a\X00\b")), "message"),
    ],
)
def test_a_message_that_cannot_be_taken_says_where(content, place):
    assert refusal(content)[0] == place


def left_out(*segments, event="A08"):
    return {one.place: one.asks for one in read(adt(*segments, event=event)).left_out}


def test_segments_and_fields_that_are_not_read_are_named():
    upload = read(adt(pid(more="|||12 Elm Row|||||||123"), "PV1|1|I", "ZZZ|1", "PD1||||Dr Fir"))
    assert [one.place for one in upload.left_out] == ["PID-11", "PID-18", "PD1-4", "PV1, ZZZ"]


def test_nobody_is_asked_about_what_the_record_has_no_place_for():
    """Every A01 has PV1, and nearly every one an address: a question that is always answered by yes is none."""
    found = left_out(pid(name="Ashdown^Ida^^^Dr^^L", more="|||12 Elm Row"), "PV1|1|I", "NK1|1", "PD1||||Dr Fir")
    assert found == {"PID-5": False, "PID-11": False, "PD1-4": False, "PV1, NK1": False}


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        ((pid(), "DG1|1||C75.9"), "DG1"),
        ((pid(), "OBX|1|NM|Ki67||5"), "OBX"),
        ((pid(), "MRG|N-2"), "MRG"),
        ((pid().replace("PID|1||", "PID|1|OLD-1|"),), "PID-2"),
        ((pid(name="Ashdown^Ida^^^^^L~Birch^Ida^^^^^L"),), "PID-5"),
        ((pid(sex="X"),), "PID-8"),
        ((pid(more="|" * 22 + "|Y"),), "PID-31"),
    ],
)
def test_what_the_record_could_hold_is_asked_about(segments, place):
    assert left_out(*segments) == {place: True}


@pytest.mark.parametrize("segments", [(pid(), "DG1"), (pid(more="|" * 22 + "|N"),)])
def test_nothing_is_asked_of_what_says_nothing(segments):
    assert True not in left_out(*segments).values()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(VALUES))
def test_whatever_stands_in_a_bundle_is_taken_or_refused(board, ana, kind):
    """At every place, by turns: never anything but an outcome or a sentence. A run draws a few places for each kind."""
    whole = json.loads(bundle(patient(), condition(), observation("ki67_percent", **quantity(4, "%"))))
    for path in draw.some(_paths(whole), 4, f"a bundle with {kind}"):
        changed = json.loads(json.dumps(whole))
        inner = changed
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = VALUES[kind]
        _look(board, ana, "fhir_bundle", json.dumps(changed))


def _paths(value, at=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*at, name)
        yield from _paths(inner, (*at, name))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(kind for kind, value in VALUES.items() if isinstance(value, str)))
def test_whatever_stands_in_a_message_is_taken_or_refused(board, ana, kind):
    text = VALUES[kind]
    places = (
        text, adt(text), adt(pid(name=text)), adt(pid(record=text)), adt(pid(born=text)), adt(pid(sex=text)),
        adt(pid(numbers=f"~{text}^^^{text}^MR")), adt(pid(), number=text), adt(pid(), at=text), adt(pid(), event=text),
        adt(pid(more="|||||||||||||||||||||" + text)), adt(pid(), f"MRG|{text}", event="A40"), adt(pid(name=f"~{text}^^^^^^A")),
    )  # fmt: skip
    for content in draw.some(places, 3, f"a message with {kind}"):
        _look(board, ana, "hl7_adt", content)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_bytes_that_are_neither_are_refused(board, ana, kind):
    for format in ("fhir_bundle", "hl7_adt"):
        with pytest.raises(ValidationError):
            read_upload(board, format=format, content=BODIES[kind])


def _look(board, ana, format, content):
    try:
        upload = read_upload(board, format=format, content=content)
        outcome = preview(board, by=ana, upload=upload)
    except ValidationError as error:
        assert error.message_dict["content"]
    else:
        assert outcome.digest


@pytest.mark.django_db
def test_what_is_too_large_is_refused_by_its_size(board):
    with pytest.raises(ValidationError, match="500 kB"):
        read_upload(board, format="hl7_adt", content="x" * 500_001)
    with pytest.raises(ValidationError, match="301 entries"):
        read_upload(board, format="fhir_bundle", content=bundle(*[patient(f"p{n}") for n in range(301)]))


@pytest.mark.parametrize(
    ("charset", "name", "meant"),
    [
        ("", r"M\XC3BC\ller", "Müller"),
        ("UNICODE UTF-8", r"M\XC3BC\ller", "Müller"),
        ("", r"M\XFC\ller", "Müller"),
        ("8859/2", r"Dvo\XF8\ák", "Dvořák"),
    ],
)
def test_bytes_that_are_written_as_digits_are_of_the_messages_characters(charset, name, meant):
    content = adt(pid(name=f"{name}^Ida"), head="||||||" + charset if charset else "")
    assert read(content).people[0].family_name == meant
