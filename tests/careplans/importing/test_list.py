"""What was imported, as a list: who, when, from whom, and how much of it was new, changed, there already or left out."""

import pytest

from accounts.models import AuditEvent
from careplans.models import Import
from tests.careplans.api import Api
from tests.careplans.doors import browser, queries_of, url
from tests.careplans.importing.sent import adt, bring, bundle, condition, observation, patient, pid, quantity

pytestmark = pytest.mark.django_db
WHOLE, LATER = (
    bundle(patient(), condition(), observation("ki67_percent", **quantity(value, "%")), number=number)
    for value, number in ((4, "B-1"), (7, "B-2"))
)


def listed(person, **params):
    answer = Api(person).get("/imports/", **params)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_it_says_who_when_and_how_much(board, ana, omar, nina):
    first = bring(board, ana, WHOLE).done
    second = bring(board, omar, LATER).done
    rows = listed(nina)
    assert [(row["id"], row["by"]["name"]) for row in rows] == [(second.pk, omar.name), (first.pk, ana.name)]
    counts = [[row[name] for name in ("new", "changed", "same", "left_out")] for row in rows]
    # First a patient, a case and a fact; then the fact alone says something else.
    assert counts == [[0, 1, 2, 0], [2, 1, 0, 0]]
    assert sum(counts[1]) == first.parts.count()
    page = browser(nina).get(url("imports", board.pk)).content.decode()
    assert page.index(omar.name) < page.index(url("import", first.pk)) and first.number in page


def test_one_tells_what_became_of_each_part(board, ana, nina):
    done = bring(board, ana, WHOLE).done
    row = Api(nina).get(f"/imports/{done.pk}/").json()
    [person] = {part["patient"] for part in row["parts"]}
    assert [part["does"] for part in row["parts"]] == list(done.parts.values_list("does", flat=True))
    assert person == done.parts.first().patient_id
    assert "parts" not in listed(nina)[0]
    assert AuditEvent.objects.filter(action="read", subject_type="import", actor=nina).exists()


def test_what_changes_nothing_the_second_time_is_one_row(board, ana, omar):
    bring(board, ana, WHOLE)
    assert bring(board, omar, WHOLE).before
    assert len(listed(ana)) == 1


def test_it_is_found_by_who_and_board(board, ana, omar, otto):
    bring(board, ana, adt(pid(record="SYN-1")))
    mine = bring(board, omar, adt(pid(record="SYN-2"), number="M2")).done
    assert [row["id"] for row in listed(ana, by=omar.pk, board=board.pk)] == [mine.pk]
    assert listed(otto) == []
    assert Api(otto).get("/imports/", board=board.pk).status_code == 404


def test_nobody_imported_anything_yet(board, nina, ana):
    assert "Nothing was imported yet" in browser(nina).get(url("imports", board.pk)).content.decode()
    assert url("import_new", board.pk) not in browser(nina).get(url("imports", board.pk)).content.decode()
    assert url("imports", board.pk) in browser(ana).get(url("import_new", board.pk)).content.decode()


def test_as_many_queries_for_many(board, ana):
    numbers = iter(range(100))

    def more(count):
        for number in (next(numbers) for _ in range(count)):
            bring(board, ana, adt(pid(record=f"SYN-{number}", name=f"Larch{number}^Ida"), number=f"M{number}"))

    more(2)
    few = queries_of(browser(ana), url("imports", board.pk))
    more(10)
    assert Import.objects.count() == 12
    assert queries_of(browser(ana), url("imports", board.pk)) == few
