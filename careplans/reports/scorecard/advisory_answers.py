"""How advisories were answered: two measures of the report of the answers to rules."""

from careplans.reports.answers import ANSWERS
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

INDICATORS = (
    Indicator(
        name="override-rate",
        group=Group.DECIDING,
        title="Advisories kept open with a reason",
        says="How often the board decides otherwise than a rule advises. Neither way is better: a rule that is always "
        "overridden may be wrong.",
        numerator="Advisories kept open with a reason.",
        denominator="Advisories that fired in the period and were answered.",
        exclusions="Those not answered, and those that an amendment carried over.",
        source=HOUSE,
        report=ANSWERS,
        measure_name="kept",
    ),
    Indicator(
        name="advisories-unanswered",
        group=Group.DECIDING,
        title="Advisories without an answer",
        says="Advisories that fire and that nobody has answered.",
        numerator="Those that still fire, without an answer.",
        denominator="Advisories that fired in the period.",
        exclusions="Those that an amendment carried over.",
        source=HOUSE,
        report=ANSWERS,
        measure_name="unanswered_share",
        better=Better.LOWER,
    ),
)
