"""The different values of a column, by its index: each once, and none where nothing is recorded."""

import pytest

from careplans.models import Proforma
from careplans.services.proforma import save_proforma
from common.distinct_texts import distinct_texts
from tests.careplans import makers

pytestmark = pytest.mark.django_db


def test_each_text_is_told_once_and_what_is_not_recorded_never(board, ana):
    cases = [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(5)]
    assert distinct_texts(Proforma, "ki67_percent") == []
    for one, text in zip(cases, ["20", "3-5", "20", "<1", None], strict=True):
        save_proforma(one, {"ki67_percent": text}, by=ana)
    assert sorted(distinct_texts(Proforma, "ki67_percent")) == sorted(["20", "3-5", "<1"])
    assert distinct_texts(Proforma, "mitoses_per_2mm2") == []
