"""When a stop is the end of a course, of rows of steps in a question: as the model has it; a test compares the two."""

from careplans.models.course_ends import AS_MEANT, stop_was_signed_sql


def until_stopped(row: str) -> str:
    """Whether nothing but a reason to stop ends it, as in `CourseFields.runs_until_stopped`."""
    open_ended = f"{row}.course IN ('cycles', 'sessions') AND {row}.occurrences_planned IS NULL"
    return f"({row}.course IN ('ongoing', 'continuous') OR ({open_ended}))"


def run_its_course(row: str) -> str:
    """Whether it was stopped, and that is its end, as in `CourseFields.has_run_its_course`: whoever waits for that may begin."""
    return f"({row}.status = 'stopped' AND ({until_stopped(row)} OR {stop_was_signed_sql(row)}))"


def stopped_as_meant(row: str) -> str:
    """Of a row that was stopped, with `until_stopped` as a column: whether that was as planned. What is signed decides; where
    nothing but a stop ends it, these reasons are what it was to be stopped for in any case."""
    meant = ", ".join(f"'{code}'" for code in AS_MEANT)
    return f"(({row}.until_stopped AND {row}.reason IN ({meant})) OR {stop_was_signed_sql(row)})"
