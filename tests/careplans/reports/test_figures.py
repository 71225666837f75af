"""Shares and spans, against figures that were worked out elsewhere."""

import pytest

from careplans.reports.figures import Share, Span


@pytest.mark.parametrize(
    ("count", "among", "share", "interval"),
    [
        # By hand: p = 0.5, n = 10, z = 1.959964, so z² = 3.841459; middle (0.5 + 0.192073) / 1.384146 = 0.5,
        # half 1.959964 · sqrt(0.025 + 0.0096036) / 1.384146 = 0.2634.
        (5, 10, 0.5, (0.2366, 0.7634)),
        # 0 of 20: the upper end is z² / (n + z²) = 3.841459 / 23.841459.
        (0, 20, 0.0, (0.0, 0.1611)),
        (20, 20, 1.0, (0.8389, 1.0)),
        (0, 0, None, None),
    ],
)
def test_a_share_has_wilsons_interval(count, among, share, interval):
    found = Share(count, among)
    assert (found.share, found.interval) == (share, interval)


@pytest.mark.parametrize(
    ("values", "span"),
    [
        # 1, 2, 3, 4: the quartiles lie at places 0.75, 1.5 and 2.25.
        ([(4, 1), (1, 1), (3, 1), (2, 1)], Span(4, 1, 1.75, 2.5, 3.25, 4)),
        # 0, 0, 0, 10
        ([(0, 3), (10, 1)], Span(4, 0, 0.0, 0.0, 2.5, 10)),
        ([(7, 1)], Span(1, 7, 7.0, 7.0, 7.0, 7)),
        ([], Span(0)),
    ],
)
def test_a_span_has_its_quartiles(values, span):
    assert Span.of(values) == span
