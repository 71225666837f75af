"""A real browser against a live server. Screenshots land in test-artefacts/."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from modalities.services.loading import load_pages
from tests.careplans import makers
from tests.factories import PASSWORD, join, make_board, make_user

# Playwright's loop runs in this thread, and Django would take the ORM for unsafe beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

ARTEFACTS = Path(os.environ.get("TEST_ARTEFACTS", Path(__file__).resolve().parents[2] / "test-artefacts"))
# Nothing is waited for longer than it takes to come, so a long wait costs time only where a test fails: and a busy machine
# fails none.
PATIENCE_MS = 180_000
expect.set_options(timeout=PATIENCE_MS)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def chromium():
    """Gone after these tests: beside Playwright's loop Django opens a second connection to the database, and leaves it."""
    binary = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert binary, "Install chromium (apt-get install chromium) or set CHROMIUM to its path."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS, timeout=PATIENCE_MS)
        yield browser
        browser.close()


def new_page(chromium, **how):
    page = chromium.new_page(**how)
    page.set_default_timeout(PATIENCE_MS)
    return page


@pytest.fixture
def desk(chromium, live_server):
    """Opens a browser of their own for each person: `desk(ana)`, `desk(omar, width=390)`."""
    contexts = []

    def sit_down(user, *, width=1440, height=900):
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda message: is_problem(message) and page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto("/")
        page.get_by_label("E-mail").fill(user.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url("/")
        return page

    yield sit_down
    for context in contexts:
        context.close()


def is_problem(message):
    """A refused form answers 400 on purpose; everything else that the console calls an error is one."""
    return message.type == "error" and "400 (Bad Request)" not in message.text


@pytest.fixture
def shoot():
    """Saves a screenshot of the whole page under a name that sorts in the order of the story."""
    count = iter(range(1, 1000))

    def take(page, name):
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{next(count):02d}-{name}.png", full_page=True)

    return take


@pytest.fixture
def cast(transactional_db):
    """A board whose reminders go out at midnight, so that what is due today is due now."""
    board = make_board("Northgate", reminder_time="00:00", time_zone="Etc/UTC")
    people = {}
    for name, role, discipline in (
        ("Ana Coordinator", "coordinator", "coordination"), ("Omar Oncologist", "member", "medical_oncology"),
        ("Ravi Radiologist", "member", "radiology"), ("Chloe Chair", "chair", "surgery"),
    ):  # fmt: skip
        first = name.split()[0].lower()
        people[first] = make_user(f"{first}@northgate.example", name)
        join(people[first], board, role, discipline)
    makers.require_disciplines(board, "medical_oncology", "radiology")
    makers.make_template(board, name="Every six months", every=6, months=24)
    load_pages()
    return {"board": board, **people}
