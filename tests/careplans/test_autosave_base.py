"""What a writer saw of a field may no longer be a value of its form: its person left, its schedule is out of use. It is then
compared as it was shown, and a colleague's word is never overwritten in silence.
"""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import Membership
from careplans.models import Event, Proforma, Step
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step, edit_step
from tests.careplans import makers
from tests.careplans.doors import FETCH, browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana):
    return makers.make_plan(case, by=ana)


def leave(person):
    Membership.objects.filter(user=person).update(ended_at=timezone.now())


def save(user, page, row, **typed):
    data = {name.replace("base_", "base-", 1): value for name, value in typed.items()}
    return browser(user).post(url(page, row.pk), data, **FETCH).json()


def test_the_owner_whom_a_colleague_chose_stays_when_the_one_before_has_left(draft, ana, omar, ravi, chloe):
    step = draft.steps.get()
    edit_step(step, {"owner": ravi}, by=ana)
    leave(ravi)
    edit_step(step, {"owner": chloe}, by=ana)
    answer = save(omar, "step_save", step, owner=omar.pk, base_owner=ravi.pk)
    assert answer["conflicts"]["owner"]["theirs"] == str(chloe.pk)
    assert Step.objects.get(pk=step.pk).owner == chloe


@pytest.mark.parametrize(
    ("name", "base", "theirs", "mine"),
    [
        ("target_mm", "2.5 cm", 30, "25"), ("not_before", "soon", date(2026, 12, 1), "2026-12-09"),
        ("goals", "health", ["cure"], "palliation"), ("target", "toe", "liver", "bone"), ("after_step", "x", None, ""),
        ("modality", "page-gone", "PRRT", "OSA"),
    ],
)  # fmt: skip
def test_of_a_step_nothing_that_cannot_be_read_counts_as_seen(draft, ana, omar, name, base, theirs, mine):
    makers.make_modality("PRRT")
    step = draft.steps.get()
    if name == "after_step":
        theirs = add_step(draft, by=ana, phase="tumour_control", modality_code="OSA")
    edit_step(step, {name: theirs}, by=ana)
    before = Event.objects.count()
    answer = save(omar, "step_save", step, **{name: mine, f"base_{name}": base})
    assert list(answer["conflicts"]) == [name]
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("name", "base", "theirs", "mine"),
    [
        ("grade", "G9", "G2", "G1"), ("ki67_percent", "many", 5, "3"), ("ecog", "9", 1, "2"),
        ("other_metastatic_sites", "toe", ["lung"], "brain"), ("echo_on", "soon", date(2026, 11, 1), "2026-11-02"),
    ],
)  # fmt: skip
def test_of_the_proforma_nothing_that_cannot_be_read_counts_as_seen(case, ana, omar, name, base, theirs, mine):
    save_proforma(case, {name: theirs}, by=ana)
    before = Proforma.objects.get(case=case).version
    answer = save(omar, "proforma_save", case, **{name: mine, f"base_{name}": base})
    assert list(answer["conflicts"]) == [name]
    assert Proforma.objects.get(case=case).version == before


def test_without_script_the_page_says_what_a_colleague_chose(draft, ana, omar, ravi, chloe):
    step = draft.steps.get()
    edit_step(step, {"owner": chloe}, by=ana)
    leave(ravi)
    data = {"phase": step.phase, "base-phase": step.phase, "owner": omar.pk}
    answer = browser(omar).post(url("step_save", step.pk), data | {"base-owner": ravi.pk})
    assert "Chloe Chair" in answer.content.decode() and answer.status_code == 400
    assert Step.objects.get(pk=step.pk).owner == chloe


def test_who_left_may_be_replaced_when_nobody_else_has_chosen(draft, ana, omar, ravi):
    """What cannot be read is no conflict where it is shown as it still stands: else it could never be changed."""
    step = draft.steps.get()
    edit_step(step, {"owner": ravi}, by=ana)
    leave(ravi)
    answer = save(omar, "step_save", step, owner=omar.pk, base_owner=ravi.pk)
    assert answer["conflicts"] == {}
    assert Step.objects.get(pk=step.pk).owner == omar


def test_after_a_conflict_the_same_word_can_be_sent_again(draft, ana, omar, ravi, chloe):
    """The panel sends what the colleague chose as seen; also when that person has left meanwhile."""
    step = draft.steps.get()
    edit_step(step, {"owner": ravi}, by=ana)
    leave(ravi)
    answer = save(omar, "step_save", step, owner=omar.pk, base_owner=chloe.pk)
    theirs = answer["conflicts"]["owner"]["theirs"]
    save(omar, "step_save", step, owner=omar.pk, base_owner=theirs)
    assert Step.objects.get(pk=step.pk).owner == omar
