"""What the first request of a process would otherwise wait for: a second of importing views and half a second of templates."""

import gc

from django.template.loader import get_template
from django.urls import get_resolver

from config.env import BASE_DIR

TEMPLATES = BASE_DIR / "templates"


def warm_up() -> None:
    """Read every address and every template. A template that cannot be read stops the start here and not a page later."""
    get_resolver().reverse_dict  # noqa: B018  (reading it makes it)
    for path in TEMPLATES.rglob("*.html"):
        get_template(path.relative_to(TEMPLATES).as_posix())
    # What is loaded by now stays: looking through it for garbage took a quarter of a long list of the API.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
