"""When a stop is the end of a course, of rows of steps in a question: as the model has it; a test compares the two."""

from careplans.models.course_ends import AS_MEANT, stop_was_signed_sql


def until_stopped(row: str) -> str:
    """Whether nothing but a reason to stop ends it, as in `CourseFields.runs_until_stopped`."""
    open_ended = f"{row}.course IN ('cycles', 'sessions') AND {row}.occurrences_planned IS NULL"
    return f"({row}.course IN ('ongoing', 'continuous') OR ({open_ended}))"


def run_its_course(row: str) -> str:
    """Whether it was stopped, and that is its end, as in `CourseFields.has_run_its_course`: whoever waits for that may begin."""
    return f"({row}.status = 'stopped' AND ({until_stopped(row)} OR {stop_was_signed_sql(row)}))"


# The steps that were stopped for what is signed. By itself, and not where it is asked: SQLite reads only so many functions within
# each other.
SIGNED = f"""
    signed AS MATERIALIZED (SELECT a.id FROM {{step}} a WHERE a.status = 'stopped' AND {stop_was_signed_sql("a")})
"""  # noqa: S608  # declared here, not typed


def ended_by_stop(row: str, signed: str) -> str:
    """As `run_its_course`, beside a row of `SIGNED`."""
    return f"({row}.status = 'stopped' AND ({signed}.id IS NOT NULL OR {until_stopped(row)}))"


def stopped_as_meant(row: str) -> str:
    """Of a row that was stopped, with `was_signed` and `until_stopped` as columns: whether that was as planned. What is signed
    decides; where nothing but a stop ends it, these reasons are what it was to be stopped for in any case."""
    meant = ", ".join(f"'{code}'" for code in AS_MEANT)
    return f"({row}.was_signed OR ({row}.until_stopped AND {row}.reason IN ({meant})))"
