"""What is likely to be recorded next of a step: a table, and the form that asks only what the button does not say."""

from datetime import date

import pytest

from careplans.readers.steps.likely import Standing, likely_next

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("standing", "verb", "words"),
    [
        (Standing("planned"), "start", "Record that it begins today, 26 Nov 2026"),
        (Standing("in_progress", is_begun=True), "complete", "Record that it was completed today, 26 Nov 2026"),
        (Standing("planned", "cycles", next_one="cycle 1 of 4"), "give", "Record cycle 1 of 4 as given today, 26 Nov 2026"),
        (
            Standing("in_progress", "cycles", is_begun=True, next_one="cycle 3 of 4"),
            "give", "Record cycle 3 of 4 as given today, 26 Nov 2026",
        ),
        (Standing("in_progress", "cycles", is_begun=True), "complete", "Record that it was completed today, 26 Nov 2026"),
        (
            Standing("in_progress", "ongoing", is_begun=True, next_one="administration 7"),
            "give", "Record administration 7 as given today, 26 Nov 2026",
        ),
        (
            Standing("in_progress", "sessions", is_begun=True, next_one="session 2 of 2 (left lobe)"),
            "give", "Record session 2 of 2 (left lobe) as given today, 26 Nov 2026",
        ),
        (Standing("in_progress", "continuous", is_begun=True), None, ""),
        (Standing("on_hold", is_begun=True), "resume", "Record that it goes on today, 26 Nov 2026"),
        (Standing("on_hold", "cycles", is_begun=True, asks=True), "resume", "Record that it goes on today, 26 Nov 2026"),
        (Standing("on_hold"), "replan", "Plan it again"),
        (Standing("planned", is_decision=True), "choose", "Record the decision of today, 26 Nov 2026"),
        (Standing("on_hold", is_decision=True), "choose", "Record the decision of today, 26 Nov 2026"),
        # What is asked about is never first: a closed gate, out of order, too soon after the cycle before.
        (Standing("planned", asks=True), None, ""),
        (Standing("planned", is_decision=True, asks=True), None, ""),
        (Standing("in_progress", "cycles", is_begun=True, next_one="cycle 3 of 4", asks=True), None, ""),
        (Standing("planned", has_failed=True, asks=True), "rediscuss", "Plan the re-discussion"),
        (Standing("planned", waits_for_arm=True), None, ""),
        (Standing("completed", is_begun=True), None, ""),
        (Standing("completed", is_decision=True), None, ""),
        (Standing("stopped", "cycles", is_begun=True), None, ""),
    ],
)  # fmt: skip
def test_what_is_likely(standing, verb, words):
    found = likely_next(standing, TODAY)
    assert (found.verb, found.words) == (verb, words) if verb else found is None
