"""An export of a person who may not sign in any more stops where it is, and leaves no file."""

import pytest

from accounts.models import User
from careplans.exports import files, work
from careplans.exports.asking import LEFT
from careplans.models import Export
from tests.careplans import makers
from tests.careplans.exports.makers import make_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(pages, board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)
    return make_export(ana, "steps", work_it=False)


def worked_on(export):
    while work.work_exports():
        pass
    export.refresh_from_db()
    return export


def test_of_somebody_who_is_active_it_goes_on(asked):
    assert (worked_on(asked).state, asked.rows) == ("done", 3)


def test_of_somebody_who_was_made_inactive_before_it_began_it_is_not_made(asked, ana):
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert (worked_on(asked).state, asked.reason, asked.rows) == ("failed", LEFT, 0)
    assert not files.folder(asked).exists()


def test_made_inactive_between_two_chunks_it_stops_there(asked, ana, monkeypatch):
    """After the first row of three."""
    monkeypatch.setattr(work, "CHUNK", 1)
    chunk, seen = work._chunk, []

    def then_inactive(export, **said):
        went_on = chunk(export, **said)
        seen.append(export.rows)
        User.objects.filter(pk=ana.pk).update(is_active=False)
        return went_on

    monkeypatch.setattr(work, "_chunk", then_inactive)
    assert (worked_on(asked).state, asked.reason) == ("failed", LEFT)
    assert seen == [1]
    assert not files.folder(asked).exists()
    assert not Export.objects.filter(state="done").exists()
