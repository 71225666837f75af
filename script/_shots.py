"""The pictures themselves: which page, as whom, how wide. Runs inside the virtual environment, beside a demo that serves.

As alike as can be from one time to the next: one zone, one language, no animation, no caret. The demo tells its days from today.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from playwright.sync_api import Page

    from careplans.models import Plan

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "demo-tumour-board"  # noqa: S105 - of the demo, which prints it
CHAIR, ONCOLOGIST, COORDINATOR = (
    "chair@consilium.example",
    "oncology@consilium.example",
    "coordinator@consilium.example",
)
DESK, PHONE = 1440, 390
# What does not fit is cut off: a picture in a document is looked at, not read to its end.
TALLEST = {DESK: 1500, PHONE: 1500}
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
COLOURS = 128


class Shot(NamedTuple):
    name: str
    who: str
    path: str
    widths: tuple[int, ...] = (DESK,)


def shots() -> Iterator[Shot]:
    from careplans.models import Plan
    from modalities.models import Modality

    board = Plan.objects.earliest("pk").board_id
    amended = Plan.objects.filter(status="active", amends__isnull=False).earliest("pk")
    case, plan = f"/cases/{amended.case_id}/", f"/plans/{amended.pk}/"
    draft, asked = (longest(Plan.objects.filter(status=status)) for status in ("draft", "in_signoff"))
    page = Modality.objects.get(code="PRRT").slug
    yield Shot("my-work", COORDINATOR, "/", (DESK, PHONE))
    yield Shot("board", CHAIR, f"/boards/{board}/")
    yield Shot("case", CHAIR, case, (DESK, PHONE))
    yield Shot("plan", CHAIR, plan, (DESK, PHONE))
    yield Shot("edit", CHAIR, f"/plans/{draft.pk}/edit/")
    yield Shot("sign-off", CHAIR, f"/plans/{asked.pk}/sign-off/", (DESK, PHONE))
    yield Shot("compare", CHAIR, f"{plan}compare/")
    yield Shot("timeline", CHAIR, f"{case}timeline/")
    yield Shot("reference-page", CHAIR, f"/reference/{page}/")
    yield Shot("pdf", CHAIR, plan)


def longest(plans: QuerySet[Plan]) -> Plan:
    """The one with most steps, the oldest of several."""
    return max(plans.order_by("pk"), key=lambda plan: plan.steps.filter(removed_at=None).count())


def main(into: Path, only: str) -> int:
    into.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in shots() if shot.name.startswith(only)]
    browsed = [shot for shot in wanted if shot.name != "pdf"]
    if browsed:
        browse(browsed, into)
    for shot in wanted:
        if shot.name == "pdf":
            keep(first_page(shot), into / "pdf.png")
    return 0


def browse(wanted: list[Shot], into: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=FLAGS)
        for who, width in sorted({(shot.who, width) for shot in wanted for width in shot.widths}):
            page = browser.new_page(
                base_url=os.environ["BASE_URL"], viewport={"width": width, "height": 900}, locale="en-GB",
                timezone_id="Europe/London", reduced_motion="reduce",
            )  # fmt: skip
            sign_in(page, who)
            for shot in wanted:
                if shot.who == who and width in shot.widths:
                    name = f"{shot.name}.png" if width == DESK else f"{shot.name}-{width}.png"
                    keep(look_at(page, shot, width), into / name)
            page.close()
        browser.close()


def sign_in(page: Page, who: str) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def look_at(page: Page, shot: Shot, width: int) -> bytes:
    response = page.goto(shot.path)
    if response is None or response.status != 200:
        answer = response.status if response else "nothing"
        raise SystemExit(f"{shot.name}: {shot.path} answered {answer} to {shot.who}.")
    page.wait_for_load_state("networkidle")
    # A screen with as much as is shown, so that nothing is drawn over by what sticks to its edge.
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST[width])
    page.set_viewport_size({"width": width, "height": height})
    return page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height}, animations="disabled", caret="hide")


def first_page(shot: Shot) -> bytes:
    """Of the same content as the PDF, by the same program; a browser shows a PDF in a frame of its own."""
    from accounts.models import User
    from careplans.models import Plan
    from careplans.paper.plan import plan_sheet
    from careplans.paper.typesetting import typeset

    chair = User.objects.get(email=shot.who)
    plan = Plan.objects.visible_to(chair).for_detail().get(pk=shot.path.split("/")[2])
    address = f"https://consilium.example{shot.path}"
    return typeset("plan.typ", plan_sheet(plan, by=chair, address=address), kind="png")


def keep(picture: bytes, path: Path) -> None:
    """Pages have few colours: a palette makes them a third as large and looks the same."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # Playwright's loop runs in this thread, and Django would take the ORM for unsafe beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    import django

    django.setup()
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2]))
