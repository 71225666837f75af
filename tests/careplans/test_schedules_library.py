"""What a board begins with: a list for the usual situations, each with its source or marked as the centre's own."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import FollowUpSchedule
from careplans.services.schedule_library import give_library, give_new_boards_the_library, read_library
from tests.careplans import makers
from tests.careplans.doors import browser
from tests.careplans.outbox.test_claims import at_once

SITUATIONS = [
    "Resected, G1 or low G2", "Resected G2, high Ki-67 or nodes", "Pancreas, resected", "Advanced or inoperable, G1 or G2",
    "NET G3", "NEC (G3)", "Carcinoid syndrome", "After PRRT", "Lung carcinoid, resected", "MEN1", "Gastric, type 1",
    "Phaeochromocytoma or paraganglioma", "None: appendix or rectum, G1, under 1 cm",
    "None: pancreas, resected, G1, under 2 cm, no nodes",
]  # fmt: skip


def named(name):
    return next(one for one in read_library() if one["name"] == name)


def test_it_has_the_situations_of_a_net_board():
    assert [one["name"] for one in read_library()] == SITUATIONS


@pytest.mark.parametrize("name", ["NET G3", "After PRRT", "Lung carcinoid, resected", "MEN1", "Gastric, type 1"])
def test_what_the_note_does_not_give_names_no_source(name):
    one = named(name)
    assert not one.get("source") and not any(line["source"] for line in one["lines"])


@pytest.mark.parametrize("one", read_library(), ids=lambda one: one["name"])
def test_no_line_names_more_than_the_note_gives(one):
    """The note gives intervals and, for carcinoid heart disease, the tests; a line that names a source says what of it is the
    centre's own."""
    texts = [one.get("source", ""), *(line["source"] for line in one["lines"])]
    assert all("set by your centre" in line["source"] for line in one["lines"] if line["source"])
    assert not any("Knigge" in text or "ENETS" in text for text in texts)


def test_the_intervals_are_those_of_their_sources():
    resected, late = named("Resected, G1 or low G2")["lines"]
    assert (resected["interval"], resected["unit"]) == (6, "months") and "6 to 12 months" in resected["source"]
    assert (late["interval"], late["unit"], late["ends_after"]) == (1, "years", 10) and "1 to 2 years" in late["source"]
    [nec] = named("NEC (G3)")["lines"]
    assert (nec["interval"], nec["unit"]) == (3, "months") and "2 to 3 months" in nec["source"]


@pytest.mark.django_db
def test_what_no_source_gives_is_shown_as_set_by_the_centre(board, ana, omar):
    give_library(board, by=ana)
    row = FollowUpSchedule.objects.get(name="MEN1")
    page = browser(omar).get(reverse("careplans:schedule", args=[board.pk, row.pk])).content.decode()
    assert "Visit, Markers: every year, lifelong: Set by your centre" in page


@pytest.mark.django_db
def test_a_board_begins_with_it_on_its_page(board, ana):
    client, path = browser(ana), reverse("careplans:schedules", args=[board.pk])
    assert "Begin with that list" in client.get(path).content.decode()
    client.post(reverse("careplans:schedule_library", args=[board.pk]))
    page = client.get(path).content.decode()
    assert "Begin with that list" not in page and "Phaeochromocytoma" in page
    assert AuditEvent.objects.filter(action="follow_up_schedules_given", actor=ana).count() == 1


@pytest.mark.django_db
def test_new_boards_receive_it_by_themselves_and_others_keep_their_own(board, other_board):
    makers.make_template(other_board)
    call_command("load_schedules")
    assert board.follow_up_schedules.count() == len(SITUATIONS)
    assert other_board.follow_up_schedules.count() == 1


@pytest.mark.django_db
def test_it_is_given_once(board, ana):
    assert [give_library(board, by=ana), give_library(board, by=ana)] == [len(SITUATIONS), 0]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["omar", "nina", "otto"])
def test_only_who_configures_the_board_asks_for_it(request, board, who):
    with pytest.raises(PermissionDenied):
        give_library(board, by=request.getfixturevalue(who))


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_double_nothing(transactional_db, board):
    assert sum(at_once(give_new_boards_the_library)) == 1
    assert board.follow_up_schedules.count() == len(SITUATIONS)
