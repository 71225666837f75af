"""What several stories of the browser tests share."""

import re

from playwright.sync_api import expect


def button(page, name):
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def saved(page):
    expect(page.locator("[data-autosave-text]").first).to_have_text(re.compile(r"^Saved \d\d:\d\d"))


def choose(page, name, value):
    """A choice, whether it is drawn as a list or as radio buttons."""
    control = page.locator(f"select[name={name}]")
    if control.count():
        control.select_option(value)
    else:
        page.locator(f"input[name={name}][value={value}]").check()
