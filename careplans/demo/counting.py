"""A reporting project of the demo board, and who reads in it: rows by pseudonyms, days as months, small numbers left out."""

from collections.abc import Mapping
from datetime import date, timedelta

from accounts.models import Board, ReportingProject, User
from accounts.services.projects import open_project, set_analysts


def open_registry(board: Board, people: Mapping[str, User], *, today: date) -> None:
    """Not for the analyst of the board, who reads without a project."""
    project = open_project(
        board, by=people["chair"],
        fields={
            "name": "Sequence of treatments (invented)",
            "purpose": "Which treatment follows which, and how long patients wait for it. Invented, as every patient here.",
            "approval": "Invented ethics vote 26-114",
            "starts_on": today - timedelta(days=30), "ends_on": today + timedelta(days=335),
            "dates": ReportingProject.Dates.MONTHS, "smallest_cell": 5, "allows_text": False,
        },
    )  # fmt: skip
    set_analysts(project, [people["registry"]], by=people["chair"], expected_version=project.version)
