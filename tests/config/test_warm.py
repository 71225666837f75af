"""What a process reads before its first request."""

import os
import subprocess
import sys

from django.template import engines
from django.template.loaders.cached import Loader
from django.urls import get_resolver

from config.warm import warm_up
from tests.databases import ROOT

ENV = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}


def test_every_template_and_address_is_read_and_the_database_is_not(settings):
    """It would be a connection that all workers share."""
    pages = engines["django"].engine
    loader = next(one for one in pages.template_loaders if isinstance(one, Loader))
    loader.reset()
    warm_up()
    assert len(loader.get_template_cache) >= sum(1 for _ in (ROOT / "templates").rglob("*.html"))
    assert get_resolver()._populated


def test_a_process_that_serves_is_warm_before_its_first_request():
    code = (
        "import config.start; config.start.start = lambda **_: None; import config.wsgi;"
        "from django.urls import get_resolver; from django.db import connection;"
        "print(get_resolver()._populated, connection.connection)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ENV, check=True, stdout=subprocess.PIPE, text=True
    )
    assert said.stdout.split() == ["True", "None"]
