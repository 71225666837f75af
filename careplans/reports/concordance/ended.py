"""When a stop is the end of a course, of rows of steps in a question: as the model has it; a test compares the two."""

from careplans.models.course_ends import AS_MEANT, AS_PLANNED, said_sql, stop_was_signed_sql


def signed_of(relation: str) -> str:
    """`signed`: of these steps those that were stopped for what is signed. By itself, and not where it is asked: SQLite reads
    only so many functions within each other."""
    return f"""
    signed AS MATERIALIZED (
        SELECT a.id FROM (
            SELECT s.id, s.reason, {said_sql("s")} AS said FROM {relation} s WHERE s.status = 'stopped' AND s.stop_when <> ''
        ) a
        WHERE {stop_was_signed_sql("a.reason", "a.said")}
    )
"""  # noqa: S608  # declared here, not typed


SIGNED = signed_of("{step}")


def until_stopped(row: str) -> str:
    """Whether nothing but a reason to stop ends it, as in `CourseFields.runs_until_stopped`."""
    open_ended = f"{row}.course IN ('cycles', 'sessions') AND {row}.occurrences_planned IS NULL"
    return f"({row}.course IN ('ongoing', 'continuous') OR ({open_ended}))"


def ended_by_stop(row: str, signed: str) -> str:
    """Beside a row of `SIGNED`: whether it was stopped, and that is its end, as in `CourseFields.has_run_its_course`. Whoever
    waits for that may begin."""
    return f"({row}.status = 'stopped' AND ({signed}.id IS NOT NULL OR {until_stopped(row)}))"


def stopped_as_meant(row: str) -> str:
    """Of a row that was stopped, with `was_signed` and `until_stopped` as columns: whether that was as planned. What is signed
    decides; where nothing but a stop ends it, some reasons are what it was to be stopped for in any case."""
    signed, meant = (", ".join(f"'{code}'" for code in codes) for codes in (AS_PLANNED, AS_MEANT))
    return f"(({row}.was_signed AND {row}.reason IN ({signed})) OR ({row}.until_stopped AND {row}.reason IN ({meant})))"
