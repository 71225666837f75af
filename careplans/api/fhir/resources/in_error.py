"""A plan that was entered in error belongs to another patient, or should never have been: so does all that came of it.

Whatever has a status says so. An AdverseEvent has none in R4, and neither of its actualities would be true: it is not told. A
Provenance has none either, and stays: whoever signed did sign, and what they signed says that it was an error. An Appointment
that was cancelled stays cancelled, as R4 wants hours of one in error (app-3): its request says it.
"""

from careplans.models import Plan

ENTERED_IN_ERROR = "entered-in-error"


def status_under(plan_status: str | None, status: str) -> str:
    """The status of what came of a plan in this state; of what came of none it is its own."""
    return ENTERED_IN_ERROR if plan_status == Plan.Status.ENTERED_IN_ERROR else status
