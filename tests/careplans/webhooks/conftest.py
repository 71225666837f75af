import pytest

from tests.careplans import makers
from tests.careplans.webhooks.makers import running


@pytest.fixture
def program(settings):
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    with running() as program:
        yield program


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)
