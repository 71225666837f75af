"""The committed stylesheet holds what pages use of nhsuk-frontend, and no more (`npm run build`)."""

import importlib.util

from django.conf import settings

spec = importlib.util.spec_from_file_location("_used_css", settings.BASE_DIR / "script/_used_css.py")
used_css = importlib.util.module_from_spec(spec)
spec.loader.exec_module(used_css)


def test_no_rule_is_for_a_class_that_no_page_has():
    css = (settings.BASE_DIR / "static/css/consilium.css").read_text()
    assert used_css.without_unused(css, used_css.used_classes()) == css


def test_a_rule_goes_with_its_class_and_all_others_stay():
    css = '@charset "UTF-8";.nhsuk-a,.nhsuk-b .c-x{color:red}.nhsuk-b{top:0}@media print{.nhsuk-b{top:0}}.c-x{content:"x"}'
    kept = '@charset "UTF-8";.nhsuk-a{color:red}.c-x{content:"x"}'
    assert used_css.without_unused(css, {"nhsuk-a"}) == kept


def test_a_class_that_a_rule_leaves_out_need_not_be_on_any_page():
    css = ".nhsuk-a:not(.nhsuk-b){top:0}.nhsuk-a:not(.nhsuk-b,.nhsuk-c) a{top:0}"
    assert used_css.without_unused(css, {"nhsuk-a"}) == css


def test_a_class_that_a_page_completes_stays_with_every_ending():
    css = ".nhsuk-input--width-5{width:5em}.nhsuk-inputs{top:0}"
    assert used_css.without_unused(css, {"nhsuk-input--width-"}) == ".nhsuk-input--width-5{width:5em}"
