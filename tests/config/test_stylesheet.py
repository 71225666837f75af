"""The committed stylesheet holds what pages use of nhsuk-frontend, and no more (`npm run build`)."""

import importlib.util
import re

import pytest
from django.conf import settings

spec = importlib.util.spec_from_file_location("_used_css", settings.BASE_DIR / "script/_used_css.py")
used_css = importlib.util.module_from_spec(spec)
spec.loader.exec_module(used_css)
STYLESHEET = (settings.BASE_DIR / "static/css/consilium.css").read_text()
# Names of nhsuk-frontend's that mean something to a script or a reader, and not to the eye.
WITHOUT_LOOKS = {"nhsuk-file-upload"}


def test_no_rule_is_for_a_class_that_no_page_has():
    assert used_css.without_unused(STYLESHEET, used_css.used_blocks()) == STYLESHEET


def test_a_rule_goes_with_its_class_and_all_others_stay():
    css = '@charset "UTF-8";.nhsuk-a,.nhsuk-b .c-x{color:red}.nhsuk-b{top:0}@media print{.nhsuk-b{top:0}}.c-x{content:"x"}'
    kept = '@charset "UTF-8";.nhsuk-a{color:red}.c-x{content:"x"}'
    assert used_css.without_unused(css, {"nhsuk-a"}) == kept


def test_a_class_that_a_rule_leaves_out_need_not_be_on_any_page():
    css = ".nhsuk-a:not(.nhsuk-b){top:0}.nhsuk-a:not(.nhsuk-b,.nhsuk-c) a{top:0}"
    assert used_css.without_unused(css, {"nhsuk-a"}) == css


def test_what_a_page_may_complete_stays_with_every_ending():
    css = ".nhsuk-input--width-5{width:5em}.nhsuk-radios__item{top:0}.nhsuk-inputs{top:0}"
    assert used_css.without_unused(css, {"nhsuk-input", "nhsuk-radios"}) == css.replace(".nhsuk-inputs{top:0}", "")


@pytest.mark.parametrize("part", ["", "--small", "__item", "__input", "__label"])
@pytest.mark.parametrize("kind", ["nhsuk-radios", "nhsuk-checkboxes"])
def test_every_part_of_a_choice_has_its_looks(kind, part):
    assert re.search(rf"\.{kind}{part}[^a-z_-]", STYLESHEET)


def test_every_class_that_is_written_somewhere_and_has_a_block_of_its_own_there_is_styled():
    """A block that is used and of which the stylesheet knows nothing was left out with something else."""
    assert (
        used_css.used_blocks() - {used_css.block(name) for name in used_css.CLASS.findall(STYLESHEET)} <= WITHOUT_LOOKS
    )
