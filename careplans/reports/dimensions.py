"""By what reports tell rows apart, wherever a unit has the column."""

from typing import Any

from accounts.models import Discipline
from careplans.models import Step
from careplans.models.courses import Course
from careplans.models.fact_values import PrimarySite
from careplans.models.step_values import ModalityCode, Phase, Reason
from careplans.reports.declared import Dimension


def month_of(day: str) -> str:
    """The SQL of the month of a day, as 2026-03."""
    return f"SUBSTR(CAST({day} AS text), 1, 7)"


def by_months(unit: str) -> str:
    """The unit, with the month and the quarter of its day."""
    day = "CAST(w.day AS text)"
    return f"""
    SELECT w.*, {month_of("w.day")} AS month,
        SUBSTR({day}, 1, 4) || '-Q' || CAST((CAST(SUBSTR({day}, 6, 2) AS integer) + 2) / 3 AS text) AS quarter
    FROM ({unit}) w
"""  # noqa: S608  # declared, not typed


def coded(choices: Any) -> dict[str, str]:
    return {one.value: str(one.label) for one in choices}


BOARD = Dimension("board", "Board", "board_id", "The board under whose care the case is.", noun="boards")
PHASE = Dimension("phase", "Phase", "phase", "Phase of the step.", coded(Phase))
MODALITY = Dimension("modality", "Modality", "modality", "Modality of the step, by its code.", coded(ModalityCode))
COURSE = Dimension("course", "Course", "course", "How the step runs.", coded(Course))
DISCIPLINE = Dimension("discipline", "Discipline", "discipline", "Discipline of a NET board.", coded(Discipline))
REASON = Dimension("reason", "Reason", "reason", "The reason that was recorded.", coded(Reason))
OWNER = Dimension("owner", "Owner", "owner", "Who sees to it.", noun="people")
MONTH = Dimension("month", "Month", "month", "The month of that day, as 2026-03.")
STEP_STATUS = Dimension("status", "Status", "status", "How the step stands.", coded(Step.Status))
QUARTER = Dimension("quarter", "Quarter", "quarter", "The quarter of that day, as 2026-Q1.")
SITE = Dimension("site", "Primary site", "site", "Primary site of the tumour, as known now.", coded(PrimarySite))
