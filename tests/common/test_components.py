"""The components that are tags: their markup, and their words for whatever they are given."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString

from common import components

SPRITE = static("images/sprite.svg")
NOT_RECORDED = '<span class="c-not-recorded">Not recorded</span>'


def drawn(source: str, **context: object) -> str:
    """Without the line breaks around and inside, which only keep words apart."""
    return Template(source).render(Context(context)).replace("\n", "")


def icon(name: str) -> str:
    return f'<svg class="c-icon" aria-hidden="true" focusable="false"><use href="{SPRITE}#{name}"></use></svg>'


STATES = [
    ("completed", "tick"), ("done", "tick"), ("active", "tick"), ("approved", "tick"), ("approved_with_comment", "tick"),
    ("accepted", "tick"), ("published", "tick"), ("chosen", "tick"), ("in_progress", "half"), ("in_signoff", "half"),
    ("planned", "ring"), ("pending", "ring"), ("waiting", "ring"), ("proposed", "ring"), ("on_hold", "pause"),
    ("set_aside", "pause"), ("stopped", "stop"), ("revoked", "stop"), ("not_done", "cross"), ("declined", "cross"),
    ("did_not_attend", "cross"), ("failed", "cross"), ("cancelled", "cross"), ("void", "cross"), ("overdue", "warning"),
    ("dissented", "warning"), ("due", "clock"), ("review_due", "clock"), ("draft", "pen"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "name"), STATES)
def test_a_state_has_its_symbol_before_its_words(state, name):
    tag = drawn("{% status_tag state words %}", state=state, words="In words")
    assert tag == f'<span class="c-status c-status--{state}">{icon(name)}In words</span>'


def test_every_state_with_a_symbol_is_told_here():
    assert dict(STATES) == components.ICON_OF


@pytest.mark.parametrize("state", ["withdrawn", "superseded", "entered_in_error", "not_checked", "closed"])
def test_any_other_state_has_its_words_alone(state):
    assert (
        drawn("{% status_tag state words %}", state=state, words="So")
        == f'<span class="c-status c-status--{state}">So</span>'
    )


def test_a_state_without_words_shows_its_code():
    assert drawn("{% status_tag 'closed' none %}", none=None) == '<span class="c-status c-status--closed">closed</span>'


def test_what_stands_in_a_state_is_escaped():
    tag = drawn("{% status_tag state words %}", state='"x', words="<b>")
    assert tag == '<span class="c-status c-status--&quot;x">&lt;b&gt;</span>'


def test_a_symbol_keeps_apart_from_the_words_beside_it():
    assert Template("{% icon 'up' %}Up").render(Context()) == f"\n{icon('up')}\nUp"


def test_what_is_left_to_nobody_says_so():
    assert (
        drawn("{% left_mark %}") == f'<span class="c-status c-status--overdue">{icon("warning")}Left to nobody</span>'
    )


@pytest.mark.parametrize("nothing", [None, "", "not_recorded", "Not recorded"])
def test_a_value_that_nobody_recorded_says_so(nothing):
    assert drawn("{% value nothing %}", nothing=nothing) == NOT_RECORDED


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (0, "0"), (12345, "12345"), (True, "Yes"), (False, "No"), ("<1", "&lt;1"), (SafeString("<b>1</b>"), "<b>1</b>"),
        (date(2026, 3, 4), "4 Mar 2026"), (2.5, "2.5"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_a_template_would_write_it(given, words):
    assert drawn("{% value given %}", given=given) == words


def test_a_value_has_its_unit_behind_it():
    assert drawn("{% value given unit='mm' %}", given=0) == "0 mm"
    assert drawn("{% value given unit='mm' %}", given=None) == NOT_RECORDED


def test_a_fact_says_where_it_was_found():
    told = drawn("{% fact key given found=where %}", key="Grade & edition", given="G2", where="biopsy")
    assert told == '<div><dt>Grade &amp; edition</dt><dd>G2<span class="c-facts__found">biopsy</span></dd></div>'
    assert drawn("{% fact 'Grade' none %}", none=None) == f"<div><dt>Grade</dt><dd>{NOT_RECORDED}</dd></div>"


def test_a_row_of_a_summary_can_lead_to_its_change():
    row = drawn("{% summary_row 'Aim' aim url='/a/' %}", aim="Cure")
    assert '<dt class="nhsuk-summary-list__key">Aim</dt>' in row
    assert '<dd class="nhsuk-summary-list__value">Cure</dd>' in row
    assert '<a href="/a/">Change<span class="nhsuk-u-visually-hidden"> Aim</span></a>' in row
    assert "__actions" not in drawn("{% summary_row 'Aim' aim %}", aim="Cure")


@pytest.mark.parametrize("deadline", [True, False])
@pytest.mark.parametrize("days", [None, -400, -2, -1, 0, 1, 2, 7, 8, 90])
@pytest.mark.parametrize(
    "at",
    [None, date(2026, 9, 3), date(987, 12, 31), datetime(2026, 3, 28, 23, 30, tzinfo=UTC), datetime(2026, 5, 1, 2, tzinfo=UTC)],
)  # fmt: skip
def test_a_day_is_told_by_the_tag_as_by_the_template(at, days, deadline):
    whole = '{% include "components/date.html" with date=at days=days deadline=deadline only %}'
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert drawn("{% day at days deadline %}", at=at, days=days, deadline=deadline) == drawn(
            whole, at=at, days=days, deadline=deadline
        )
