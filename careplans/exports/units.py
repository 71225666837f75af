"""Units of the numbers that are served: what no serializer and no column says."""

from typing import Any

from careplans.models.fact_groups import UNITS as FACT_UNITS

COUNT = "count"
UNITS: dict[str, str] = {
    **FACT_UNITS,
    # Counted from 1.
    "version": "number of the version", "plan_version": "number of the version", "content_version": "number of the version",
    "answered_content_version": "number of the version", "facts_version": "number of the version",
    "from_version": "number of the version", "to_version": "number of the version",
    "plan_number": "number in its order", "lineage": "id of a plan",
    "number": "number in its order", "position": "place in its order", "after_occurrence": "number in its order",
    "times_moved": COUNT,
    "occurrences_planned": COUNT, "occurrences_given": COUNT, "occurrences_omitted": COUNT, "liver_lesion_count": COUNT,
    # As another field says.
    "interval": "as interval_unit says", "days_after": "days",
    # Measures.
    "target_mm": "mm",
    "krenning_score": "score, 0 to 4", "ecog": "score, 0 to 4", "low": "as the figure", "high": "as the figure",
    "fdg_suvmax": "SUVmax, a ratio", "sstr_suvmax": "SUVmax, a ratio",
}  # fmt: skip


def unit_of(told: Any) -> str:
    """Of a number, by its name; empty where none is known, which a test finds."""
    return UNITS.get(told.name, "")
