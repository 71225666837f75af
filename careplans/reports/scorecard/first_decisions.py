"""Cases at their first decision: whether treatment had begun, and how long they had waited."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import SITE, by_months
from careplans.reports.scorecard.days import FIRST_DECISIONS, WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

FOUR_WEEKS = 28
# Whose diagnosis was so long known when the case was opened here was looked after elsewhere; the bound is the house's own.
LONG_KNOWN = 365

_DECIDED = (
    """
    SELECT d.case_id, c.board_id, {day:d.at|b.time_zone} AS day, {day:c.created_at|b.time_zone} AS referred,
        {whole:f.diagnosed_on} AS diagnosed, NULLIF(f.diagnosed_on, '') IS NOT NULL AS is_dated,
        NULLIF(f.primary_site, 'not_recorded') AS site
    FROM ("""
    + FIRST_DECISIONS
    + """) d
    JOIN {case} c ON c.id = d.case_id
    JOIN {board} b ON b.id = c.board_id
    LEFT JOIN {proforma} f ON f.case_id = c.id"""
)
# Dates of earlier treatments may be known in part: they are compared as far as they are known.
_TREATED = """
    SELECT x.case_id FROM x JOIN {priortreatment} t ON t.case_id = x.case_id
    WHERE t.removed_at IS NULL AND (
        t.started_on IS NULL OR t.started_on < SUBSTR(CAST(x.day AS text), 1, LENGTH(t.started_on))
        OR (LENGTH(t.started_on) < 10 AND t.started_on = SUBSTR(CAST(x.day AS text), 1, LENGTH(t.started_on)))
    )
    UNION
    SELECT x.case_id FROM x JOIN {step} s ON s.case_id = x.case_id
    WHERE s.started_on < x.day AND s.removed_at IS NULL AND NOT s.is_decision AND s.phase <> 'surveillance'
"""
# Who lists anything has asked; that an empty list means none, nobody has said.
_LISTED = "SELECT DISTINCT x.case_id FROM x JOIN {priortreatment} t ON t.case_id = x.case_id WHERE t.removed_at IS NULL"
UNIT = by_months(
    "WITH x AS ("
    + _DECIDED
    + """)
    SELECT y.*, CASE WHEN y.diagnosis = 'measured' THEN {days:y.diagnosed|y.day} END AS from_diagnosis
    FROM (
        SELECT x.case_id AS id, x.board_id, x.case_id, CAST(NULL AS integer) AS plan_id, x.day, x.site, x.diagnosed,
            CASE WHEN g.case_id IS NOT NULL THEN 1 WHEN l.case_id IS NOT NULL THEN 0 END AS treated,
            CASE WHEN x.diagnosed IS NULL AND x.is_dated THEN 'partly' WHEN x.diagnosed IS NULL THEN 'undated'
                WHEN x.diagnosed > x.day THEN 'later'
                WHEN g.case_id IS NOT NULL THEN 'treated'
                WHEN {days:x.diagnosed|x.referred} > """
    + str(LONG_KNOWN)
    + """ THEN 'long_known' ELSE 'measured' END AS diagnosis,
            {days:x.referred|x.day} AS from_referral
        FROM x LEFT JOIN ("""
    + _TREATED
    + ") g ON g.case_id = x.case_id LEFT JOIN ("
    + _LISTED
    + ") l ON l.case_id = x.case_id) y"
)

FIRST_BOARD_DECISIONS = Report(
    name="first-decisions",
    title="First decisions",
    question="Did cases come to the board before treatment began, and how soon after diagnosis and referral?",
    says=(
        "A case counts once, on the day of its first decision: the first discussion that was recorded, or the day on which its "
        "first released plan was sent to sign-off, whichever was earlier.",
        "Treatment had begun where a step was begun on an earlier day, or an earlier treatment is listed that "
        "began before: one whose "
        "start is not recorded, or known to that month or year alone, began before. Steps of surveillance are no treatment.",
        "Treatment is known not to have begun where earlier treatments are listed and none of them, nor a step, began before. "
        "Of a list that is empty nobody knows whether there was none, or nobody asked.",
        "From the diagnosis only those are measured of whom the board could be the first to decide: treatment is not known to "
        f"have begun before, and the diagnosis was no older than {LONG_KNOWN} days when the case was opened here.",
        "The referral is the day on which the case was opened.",
    ),
    period="the day of the first decision",
    unit=UNIT,
    dimensions=(*WHEN, SITE),
    measures=(
        Measure("cases", "Cases", "Cases that came to their first decision."),
        Measure(
            "before_treatment",
            "Before treatment",
            "Cases of which no treatment had begun before that day.",
            Kind.SHARE,
            where="u.treated = 0",
            among="u.treated IS NOT NULL",
        ),
        Measure(
            "prior_unknown",
            "Earlier treatment not known",
            "No earlier treatment is listed, and no step had begun.",
            where="u.treated IS NULL",
        ),
        Measure(
            "from_diagnosis",
            "Days from diagnosis",
            "Days from the diagnosis to that day.",
            Kind.SPAN,
            span="u.from_diagnosis",
            unit="days",
        ),
        Measure(
            "within_four_weeks",
            "Within four weeks of diagnosis",
            f"Cases of which that day came within {FOUR_WEEKS} days of the diagnosis.",
            Kind.SHARE,
            where=f"u.from_diagnosis <= {FOUR_WEEKS}",
            among="u.from_diagnosis IS NOT NULL",
        ),
        Measure(
            "from_referral",
            "Days from referral",
            "Days from the referral to that day.",
            Kind.SPAN,
            span="u.from_referral",
            unit="days",
        ),
        Measure("undated", "No day of diagnosis", "It is not recorded.", where="u.diagnosis = 'undated'"),
        Measure(
            "partly",
            "Day of diagnosis known in part",
            "To the month or the year alone, from which no days are counted.",
            where="u.diagnosis = 'partly'",
        ),
        Measure("later", "Diagnosed after the decision", "By the day that is recorded.", where="u.diagnosis = 'later'"),
        Measure("treated", "Treated before", "Treatment had begun before that day.", where="u.diagnosis = 'treated'"),
        Measure(
            "long_known",
            "Diagnosed long before",
            f"More than {LONG_KNOWN} days before the case was opened here.",
            where="u.diagnosis = 'long_known'",
        ),
    ),
    by=("board",),
    noun="cases",
    shown=("treated", "diagnosis", "from_diagnosis", "from_referral"),
)

UNDATED = (
    "Cases whose day of diagnosis is not recorded, known in part, or later than the decision; patients whose treatment had begun "
    f"before; and those diagnosed more than {LONG_KNOWN} days before the case was opened here (own bound)."
)
WHY = ("undated", "partly", "later", "treated", "long_known")
PATHWAY = (
    "Australian optimal care pathway for neuroendocrine tumours: presented at a NET meeting within four weeks of diagnosis (its "
    "summary of timeframes was read)."
)
INDICATORS = (
    Indicator(
        name="before-treatment",
        group=Group.REACHING,
        title="Presented before treatment began",
        says="Whether the board was asked while every way was still open.",
        numerator="Cases of which no treatment had begun before the day of the first decision.",
        denominator="Cases that came to their first decision in the period, of which it is known whether treatment had "
        "begun.",
        exclusions="Cases with no step begun before and no earlier treatment listed: the record does not say that there was "
        "none. Since a list is filled in above all where there was something, few of these make the share look worse than it is. "
        "Whoever is presented again, for a later line, counts by their first decision only.",
        source=f"{HOUSE} After the prospective presentation that the Commission on Cancer asks for (Optimal Resources for "
        "Cancer Care, 2020, "
        "standard 2.5, whose table of contents alone could be read): it counts more as prospective than this does.",
        report=FIRST_BOARD_DECISIONS,
        measure_name="before_treatment",
        better=Better.HIGHER,
        left_out=("prior_unknown",),
    ),
    Indicator(
        name="days-from-diagnosis",
        group=Group.REACHING,
        title="Days from diagnosis to the board",
        says="How long a patient waits for the decision, from the day of the diagnosis.",
        numerator="",
        denominator="Days from the diagnosis to the first decision, of cases that came to it in the period.",
        exclusions=UNDATED,
        source=PATHWAY,
        report=FIRST_BOARD_DECISIONS,
        measure_name="from_diagnosis",
        better=Better.LOWER,
        left_out=WHY,
    ),
    Indicator(
        name="within-four-weeks",
        group=Group.REACHING,
        title="At the board within four weeks of diagnosis",
        says="The same as a share.",
        numerator=f"Cases that came to their first decision within {FOUR_WEEKS} days of the diagnosis.",
        denominator="Cases that came to their first decision in the period, and whose days from the diagnosis are measured.",
        exclusions=UNDATED,
        source=PATHWAY,
        report=FIRST_BOARD_DECISIONS,
        measure_name="within_four_weeks",
        better=Better.HIGHER,
        left_out=WHY,
    ),
    Indicator(
        name="days-from-referral",
        group=Group.REACHING,
        title="Days from referral to the board",
        says="How long a case waits for the decision, from the day on which it was opened here.",
        numerator="",
        denominator="Days from the opening of the case to the first decision, of cases that came to it in the period.",
        exclusions="None.",
        source=HOUSE,
        report=FIRST_BOARD_DECISIONS,
        measure_name="from_referral",
        better=Better.LOWER,
    ),
)
