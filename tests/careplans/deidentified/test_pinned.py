"""Pseudonyms and shifts are for as long as a project: what the program makes of a key and a number never changes.

Worked out once by another program, and written down here. Whoever changes the rounds, the words that are hashed or the range
renames every patient of every running project: its readers could join nothing to what they were given before.
"""

from datetime import date, timedelta

import pytest

from accounts.models import ReportingProject
from accounts.pseudonyms import check_for, key_of
from careplans.deidentified.days import shift_of
from careplans.deidentified.pseudonyms import masked, unmasked
from careplans.deidentified.reader import Reader

KEY, OTHER = bytes(range(32)), b"\xff" * 32
PSEUDONYMS = [
    (KEY, "patient", 1, 2552352982715306),
    (KEY, "patient", 2, 36205334262690),
    (KEY, "case", 1, 241717279363297),
    (KEY, "step", 1_000_000, 1752960710308269),
    (KEY, "plan", 2**52 - 1, 748083398320130),
    (KEY, "advisory", 0, 2891677023361062),
    (OTHER, "patient", 1, 3475507341628601),
    (OTHER, "patient", 2, 2690749072300270),
]
SHIFTS = [
    (KEY, 1, -126),
    (KEY, 2, -230),
    (KEY, 3, 184),
    (KEY, 1_000_000, 317),
    (OTHER, 1, -247),
    (OTHER, 2, -300),
    (OTHER, 3, 89),
    (OTHER, 1_000_000, -288),
]


@pytest.mark.parametrize(("key", "noun", "number", "pseudonym"), PSEUDONYMS)
def test_a_number_has_the_pseudonym_that_it_always_had(key, noun, number, pseudonym):
    assert masked(key, noun, number) == pseudonym
    assert unmasked(key, noun, pseudonym) == number


@pytest.mark.parametrize(("key", "patient", "days"), SHIFTS)
def test_a_patient_is_moved_by_the_days_that_it_always_was(key, patient, days):
    assert shift_of(key, patient) == timedelta(days=days)


def test_a_project_has_the_key_that_it_always_had(settings):
    """From the secret of the server and the nonce of the project; so its analysts are told the same after an upgrade."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a secret of the tests", []
    project = ReportingProject(pk=1, nonce="0123456789abcdef", dates="offsets", key_check="71337300f258cf62")
    assert check_for(project.nonce) == project.key_check
    key = key_of(project)
    assert key.hex() == "13b6c79b45a2cf03573e1f8015547133ade1969f9917409e246d55e0b318c880"
    reader = Reader(project, key)
    assert reader.pseudonym("case", 7) == 3313257309832960
    assert reader.day(date(2026, 3, 17), 7) == date(2026, 3, 17) + timedelta(days=89)
