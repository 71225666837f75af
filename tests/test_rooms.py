"""The picture of the rooms (docs/rooms.svg) tells the truth of today's imports."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script"))


def drawn(root):
    from _rooms import arrows_of
    from _rooms_svg import draw

    return draw(*arrows_of(root))


def house(folder, **modules):
    """Files by their path with __ for /, each with its imports."""
    for name, text in modules.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def arrow_classes(picture):
    return [path.get("class") for path in ElementTree.fromstring(picture).findall(f"{SVG}path")]


def test_the_committed_picture_is_what_the_imports_say():
    assert (ROOT / "docs" / "rooms.svg").read_text() == drawn(ROOT), "Run script/rooms, look at it, and commit it."


def test_who_cannot_see_it_is_told_every_import(tmp_path):
    house(
        tmp_path,
        common__paging="",
        accounts__access="from common.paging import page_of",
        careplans__models__plans="from accounts import access\nimport common.paging",
    )
    picture = ElementTree.fromstring(drawn(tmp_path))
    assert picture.find(f"{SVG}title").text
    told = picture.find(f"{SVG}desc").text.splitlines()
    assert told == [
        "models: imports accounts / common.",
        "accounts: imports common.",
        "Upward, and so drawn in red: none.",
    ]


def test_an_import_that_follows_from_others_has_no_arrow(tmp_path):
    house(
        tmp_path, common__a="", accounts__a="import common.a", careplans__models__a="import accounts.a\nimport common.a"
    )
    assert arrow_classes(drawn(tmp_path)) == ["arrow", "arrow"]


def test_an_import_that_goes_up_is_red(tmp_path):
    house(tmp_path, careplans__models__plans="", careplans__services__plans="from careplans.models import plans")
    assert arrow_classes(drawn(tmp_path)) == ["arrow"]
    house(tmp_path, careplans__models__plans="def late():\n    from careplans.services import plans")
    picture = drawn(tmp_path)
    assert sorted(arrow_classes(picture)) == ["arrow", "arrow upward"]
    assert "Upward, and so drawn in red: models to services." in picture


def test_rooms_of_one_layer_may_know_each_other_and_are_not_red(tmp_path):
    house(tmp_path, careplans__outbox__digests="import careplans.reminders.schedule", careplans__reminders__schedule="")
    assert arrow_classes(drawn(tmp_path)) == ["arrow"]


def test_the_addresses_of_the_api_are_under_the_roof(tmp_path):
    """`api/urls` may import what `api` may not."""
    house(tmp_path, careplans__api__urls="import careplans.reports.overrides", careplans__reports__overrides="")
    assert "urls, tasks, commands: imports reports." in drawn(tmp_path)


def test_a_module_without_a_room_stops_the_drawing(tmp_path):
    from _rooms import Homeless

    house(tmp_path, careplans__registry__trials="")
    with pytest.raises(Homeless, match=r"careplans\.registry\.trials"):
        drawn(tmp_path)


def test_no_room_stands_in_another():
    from _rooms import LAYERS

    for layer in LAYERS:
        for left, right in zip(layer, layer[1:], strict=False):
            assert left.right < right.left
