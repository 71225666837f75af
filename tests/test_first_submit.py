"""Enter in a field presses the first button of its form: with several, that one only does what the form is for.

And what a form asks once more is seen before it is answered.
"""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parent.parent / "templates"
INCLUDE = re.compile(r'{%\s*include "([^"]+)"[^%]*%}')
FORM = re.compile(r"<form\b.*?</form>", re.S)
BUTTON = re.compile(r'<button\b(?![^>]*type="button")[^>]*>|<input\b[^>]*type="submit"[^>]*>', re.S)
# Its name and value, or the place where it sends the form.
SAYS = re.compile(r'\s(?:name|value|formaction)="[^"]*"')
# Where Enter sends the form; not in a text of several lines, which these are.
SENDS = re.compile(r'\w\.as_field_group|<select\b|<input\b(?![^>]*type="(?:hidden|submit)")')
LINES = re.compile(r"\b(?:comment|reason|change_note)\.as_field_group")


def drawn(name, within=()):
    """The template with everything that it includes."""
    text = (TEMPLATES / name).read_text()
    return INCLUDE.sub(lambda found: "" if found[1] in within else drawn(found[1], (*within, name)), text)


def forms():
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        for number, form in enumerate(FORM.findall(drawn(name, (name,)))):
            buttons = [tuple(SAYS.findall(one)) for one in BUTTON.findall(form)]
            if len(set(buttons)) > 1 and SENDS.search(LINES.sub("", form)):
                yield pytest.param(name, buttons, id=f"{name}-{number}")


@pytest.mark.parametrize(("name", "buttons"), list(forms()))
def test_the_first_button_says_nothing_but_that_the_form_is_sent(name, buttons):
    assert buttons[0] == (), f"{name}: Enter would send {' '.join(buttons[0])}; include components/first_submit.html"


def test_forms_with_several_buttons_are_found():
    found = {parameters.values[0] for parameters in forms()}
    assert {
        "careplans/patients/new.html", "careplans/care_ends/death.html", "accounts/boards/edit.html",
        "accounts/boards/new.html", "careplans/rules/rule_sets/edit.html",
    } <= found  # fmt: skip


# What a page asks once more


CALLOUT = re.compile(r'<div class="nhsuk-warning-callout[^>]*>')
# What stands on a page whether or not anything was sent.
STANDING = {
    "components/gaps.html", "accounts/calendars/made.html", "accounts/api_tokens/made.html", "accounts/systems/made.html",
    "careplans/webhooks/made.html", "careplans/cases/course.html",
}  # fmt: skip
BOXES = [
    (str(path.relative_to(TEMPLATES)), box)
    for path in sorted(TEMPLATES.rglob("*.html"))
    for box in CALLOUT.findall(path.read_text())
]


@pytest.mark.parametrize(("name", "box"), [one for one in BOXES if one[0] not in STANDING])
def test_what_is_asked_once_more_takes_the_focus_as_an_error_summary_does(name, box):
    """Else a phone shows the top of the form, and the question is out of sight."""
    assert 'tabindex="-1"' in box and "data-error-summary" in box


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("careplans/patients/new.html", "Is this person a patient already?"),
        ("careplans/patients/new.html", "knows this patient"),
        ("careplans/care_ends/death.html", "This ends all care"),
        ("careplans/care_ends/transfer.html", "This ends all care"),
    ],
)
def test_it_stands_above_the_fields(name, box):
    page = drawn(name)
    assert page.index(box) < page.index(".as_field_group")
