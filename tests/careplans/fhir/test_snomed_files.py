"""The file of a map to SNOMED CT: what is wrong is told with its line, and then nothing of it is loaded."""

import pytest

from careplans.api.fhir.terms.map_files import MAPPED, MOST_BYTES, read_map
from careplans.api.fhir.terms.sctid import fault_of
from careplans.api.fhir.terms.systems import SYSTEMS
from careplans.services.snomed_maps import Entry
from tests.careplans.fhir.site_map import COLUMNS, LINES, RESECTION, SURGERY, TUMOUR, as_file, with_check_digit

LINE = ("modality", "SURG", SURGERY, "Invented operation")


def faults(*lines, **how):
    read = read_map(as_file(lines, **how))
    assert bool(read.faults) or read.entries
    return read.faults


# Identifiers


@pytest.mark.parametrize("sctid", ["900000000000207008", "22298006", "1290023401004", SURGERY, TUMOUR])
def test_an_identifier_of_a_concept_is_taken(sctid):
    assert fault_of(sctid) == ""


@pytest.mark.parametrize(
    ("sctid", "words"),
    [
        ("22298007", "check digit"),
        ("22298060", "check digit"),
        ("900000000000207000", "check digit"),
        ("12345", "6 to 18 digits"),
        ("1" * 19, "6 to 18 digits"),
        ("022298006", "6 to 18 digits"),
        ("2.2298E+07", "6 to 18 digits"),
        ("٢٢٢٩٨٠٠٦", "6 to 18 digits"),
        ("22298006|Name|", "6 to 18 digits"),
        ("", "6 to 18 digits"),
        (with_check_digit("123401"), "description"),
        (with_check_digit("1999999902"), "relationship"),
        (with_check_digit("1999999911"), "description"),
        (with_check_digit("123410"), "partition"),
        (with_check_digit("123477"), "partition"),
    ],
)
def test_any_other_is_refused_with_the_reason(sctid, words):
    assert words in fault_of(sctid)


@pytest.mark.parametrize("place", range(11))
def test_every_digit_that_is_mistyped_and_every_two_that_are_swapped_are_noticed(place):
    wrong = [f"{SURGERY[:place]}{digit}{SURGERY[place + 1 :]}" for digit in "123456789" if digit != SURGERY[place]]
    swapped = SURGERY[:place] + SURGERY[place : place + 2][::-1] + SURGERY[place + 2 :]
    assert all(fault_of(one) for one in wrong)
    assert swapped == SURGERY or fault_of(swapped)


# Lines


def test_a_file_is_read_whole():
    read = read_map(as_file())
    assert read.faults == []
    assert read.entries == [Entry(*line, "relatedto") for line in LINES]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + as_file([LINE]),
        as_file([LINE], delimiter=";"),
        as_file([LINE], lineterminator="\n"),
        as_file([LINE]).replace(b"system,code", b" System , CODE"),
        as_file([[LINE[1], LINE[0], LINE[3], LINE[2]]], ["code", "system", "display", "snomed"]),
        as_file([["", "", "", ""], LINE, ["", "", "", ""]]),
        as_file([[f" {value} " for value in LINE]]),
        as_file([["https://consilium.example/fhir/CodeSystem/modality", *LINE[1:]]]),
        as_file([["https://consilium.example/fhir/ValueSet/modality", *LINE[1:]]]),
    ],
)
def test_however_a_spreadsheet_writes_it(data):
    read = read_map(data)
    assert (read.entries, read.faults) == ([Entry(*LINE, "relatedto")], [])


def test_the_relation_is_taken_where_it_is_said():
    read = read_map(
        as_file([[*LINE, "wider"], ["goal", "cure", RESECTION, "Invented cure", ""]], [*COLUMNS, "relation"])
    )
    assert ([one.relation for one in read.entries], read.faults) == (["wider", "relatedto"], [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("modalities", "SURG", SURGERY, "x"), "Line 2: “modalities” is no value set of ours."),
        (("modality", "SURGERY", SURGERY, "x"), "Line 2: “SURGERY” is no code of modality, or is none any more."),
        (("modality", "surg", SURGERY, "x"), "Line 2: “surg” is no code of modality"),
        (
            ("modality", "SURG", SURGERY[:-1], "x"),
            f"Line 2: {SURGERY[:-1]} is no code of SNOMED CT. Its check digit is wrong",
        ),
        (("modality", "SURG", "", "x"), "Line 2: nothing is no code of SNOMED CT."),
        (("modality", "SURG", SURGERY, " "), "Line 2: say what the code is called"),
        (("modality", "SURG", SURGERY, "x" * 256), "Line 2: what the code is called has at most 255"),
        (
            ("modality", "SURG", SURGERY, "x\ny"),
            "Line 2: what the code is called has at most 255 characters, on one line",
        ),
        (("modality", "SURG", SURGERY), "Line 2: there are 3 values, and 4 columns."),
        (("modality", "SURG", SURGERY, "x", "y"), "Line 2: there are 5 values, and 4 columns."),
    ],
)
def test_a_wrong_line_is_told(line, words):
    [told] = faults(line)
    assert told.startswith(words)


def test_a_narrower_code_is_refused_since_it_would_say_more_than_the_record():
    [told] = faults([*LINE, "narrower"], columns=[*COLUMNS, "relation"])
    assert told == (
        "Line 2: “narrower” is no relation. Write equivalent, wider, relatedto, or nothing. "
        "One that is narrower would say more than the record does."
    )


def test_every_fault_is_told_with_its_line_and_none_hides_another():
    told = faults(
        ("modality", "SURG", SURGERY, "Two\nlines"),
        ("modality", "XX", "1", ""),
        LINE,
        ("modality", "SURG", SURGERY, "Invented operation"),
    )
    expected = [
        ("Line 2", "what the code is called has at"),
        ("Line 4", "“XX” is no code of modality, o"),
        ("Line 4", "1 is no code of SNOMED CT. An "),
        ("Line 4", "say what the code is called (d"),
        ("Line 5", "modality SURG stands on line 2"),
        ("Line 5", f"{SURGERY} is called otherwise"),
        ("Line 6", "modality SURG stands on line 2"),
        ("Line 6", f"{SURGERY} is called otherwise"),
    ]
    assert len(told) == len(expected)
    assert [
        one for one, (line, words) in zip(told, expected, strict=True) if not one.startswith(f"{line}: {words}")
    ] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Line 1: name these columns: system, code, snomed, display, and relation if it is known."),
        (b"\n", "Line 1: name these columns"),
        (b"system,code,snomed\n", "Line 1: name these columns"),
        (b"system,code,snomed,display,display\n", "Line 1: name these columns"),
        (b"system,code,snomed,display\n", "The file holds no code. To take a map away, use --remove."),
        (as_file([LINE]).decode().encode("utf-16"), "Line 1: this is no UTF-8."),
        (as_file([LINE]) + b"goal,cure,1,\xe9\r\n", "Line 3: this is no UTF-8."),
        (as_file([LINE]) + b"goal,\0cure,1,x\r\n", "Line 3: there is a NUL character."),
        (as_file([LINE]) + b'goal,"cure"s,1,x\r\n', "Line 3: this is no CSV"),
        (as_file([LINE]) + b'goal,"cure,1,x\r\n', "Line 3: this is no CSV"),
        (as_file([LINE]) + b"goal," + b"x" * 200_000 + b",1,x\r\n", "Line 3: this is no CSV"),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 10 MB."),
    ],
)
def test_what_is_no_such_file_is_told(data, words):
    read = read_map(data)
    assert len(read.faults) == 1
    assert read.faults[0].startswith(words)


def test_every_value_set_of_ours_can_be_mapped_and_the_tumours_that_are_told_by_ncit():
    assert set(MAPPED) == {*SYSTEMS, "ncit"}
    assert MAPPED["ncit"].url == "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
    # A code or a name that is longer than its column could be in a file, and would not go into the database.
    assert max(len(code) for system in MAPPED.values() for code in (system.id, *system.codes)) <= 64
