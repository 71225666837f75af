"""Two who let two specimens decide at once: the facts are those of the one that decides, whoever came last."""

import pytest

from careplans.models import Proforma, Specimen
from careplans.models.specimens import fed_by
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen, change_specimen, let_specimen_decide
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def now(specimen):
    return Specimen.objects.select_related("case").get(pk=specimen.pk)


def is_whole(case):
    """The facts say what the specimen that decides says."""
    facts = Proforma.objects.select_related("deciding_specimen").get(case=case)
    told = fed_by(facts.deciding_specimen)
    return {name: getattr(facts, name) for name in told} == told


def test_two_specimens_that_are_let_decide_at_once(track, case, ana, omar):
    one = add_specimen(case, by=ana, decides=True, grade="G2", ki67_percent="3-5")
    other = add_specimen(case, by=ana, decides=False, grade="G3", ki67_percent="25")

    def decide(specimen, by):
        return lambda: let_specimen_decide(now(specimen), by=by, expected_version=1)

    for met in track.rounds(decide(one, ana), decide(other, omar)):
        assert met.is_clean and met.won == [True, True] and is_whole(case), str(met)


def test_one_is_corrected_while_it_is_let_decide(track, case, ana, omar):
    add_specimen(case, by=ana, decides=True, grade="G2")
    other = add_specimen(case, by=ana, decides=False, grade="G3", ki67_percent="25")

    def correct():
        return change_specimen(now(other), by=ana, expected_version=1, ki67_percent=">30")

    def decide():
        seen = now(other)
        return let_specimen_decide(seen, by=omar, expected_version=seen.version)

    for met in track.rounds(correct, decide):
        assert met.is_clean and met.won[0] and is_whole(case), str(met)


def test_a_fact_is_typed_while_a_specimen_is_let_decide(track, case, ana, omar):
    specimen = add_specimen(case, by=ana, decides=False, grade="G3", ki67_percent="25")

    def decide():
        return let_specimen_decide(now(specimen), by=ana, expected_version=1)

    def type_it():
        return save_proforma(case, {"grade": "G1"}, by=omar, base={"grade": "not_recorded"})

    for met in track.rounds(decide, type_it):
        assert met.is_clean and met.won[0] and is_whole(case), str(met)
