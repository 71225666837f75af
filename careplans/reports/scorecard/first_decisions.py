"""Cases at their first decision: whether treatment had begun, and how long they had waited."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import SITE, by_months
from careplans.reports.scorecard.days import FIRST_DECISIONS, WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator
from careplans.reports.scorecard.outcomes.answers import AT_TUMOUR, without

FOUR_WEEKS = 28
# Whose diagnosis was so long known when the case was opened here was looked after elsewhere; the bound is the house's own.
LONG_KNOWN = 365

_DECIDED = (
    """
    SELECT d.case_id, c.board_id, {day:d.at|b.time_zone} AS day, {day:c.created_at|b.time_zone} AS referred,
        {whole:f.diagnosed_on} AS diagnosed, NULLIF(f.diagnosed_on, '') IS NOT NULL AS is_dated,
        NULLIF(f.primary_site, 'not_recorded') AS site, COALESCE(f.functional_status = 'functional', 1 = 0) AS is_functional
    FROM ("""
    + FIRST_DECISIONS
    + """) d
    JOIN {case} c ON c.id = d.case_id
    JOIN {board} b ON b.id = c.board_id
    LEFT JOIN {proforma} f ON f.case_id = c.id"""
)
# Dates of earlier treatments may be known in part: they are compared as far as they are known. What bridges the symptoms until
# the board decides is no treatment of the tumour. Of an earlier treatment nobody records what it was for: a systemic agent other
# than chemotherapy, as an analogue, of a functional tumour is taken as one for the symptoms.
_TREATED = (
    """
    SELECT x.case_id FROM x JOIN {priortreatment} t ON t.case_id = x.case_id
    WHERE t.removed_at IS NULL AND NOT (t.modality_code = 'OSA' AND x.is_functional) AND (
        t.started_on IS NULL OR t.started_on < SUBSTR(CAST(x.day AS text), 1, LENGTH(t.started_on))
        OR (LENGTH(t.started_on) < 10 AND t.started_on = SUBSTR(CAST(x.day AS text), 1, LENGTH(t.started_on)))
    )
    UNION
    SELECT x.case_id FROM x JOIN {step} s ON s.case_id = x.case_id
    WHERE s.started_on < x.day AND s.removed_at IS NULL AND NOT s.is_decision AND s.phase <> 'surveillance'
        AND NOT (s.phase = 'symptom_control'"""
    + without(AT_TUMOUR)
    + ")"
)
UNIT = by_months(
    "WITH x AS ("
    + _DECIDED
    + """)
    SELECT y.*, CASE WHEN y.diagnosis = 'measured' THEN {days:y.diagnosed|y.day} END AS from_diagnosis
    FROM (
        SELECT x.case_id AS id, x.board_id, x.case_id, CAST(NULL AS integer) AS plan_id, x.day, x.site, x.diagnosed,
            CASE WHEN g.case_id IS NOT NULL THEN 1 ELSE 0 END AS treated,
            CASE WHEN x.diagnosed IS NULL AND x.is_dated THEN 'partly' WHEN x.diagnosed IS NULL THEN 'undated'
                WHEN x.diagnosed > x.day THEN 'later'
                WHEN g.case_id IS NOT NULL THEN 'treated'
                WHEN {days:x.diagnosed|x.referred} > """
    + str(LONG_KNOWN)
    + """ THEN 'long_known' ELSE 'measured' END AS diagnosis,
            {days:x.referred|x.day} AS from_referral
        FROM x LEFT JOIN ("""
    + _TREATED
    + ") g ON g.case_id = x.case_id) y"
)

FIRST_BOARD_DECISIONS = Report(
    name="first-decisions",
    title="First decisions",
    question="Did cases come to the board before treatment began, and how soon after diagnosis and referral?",
    says=(
        "A case counts once, on the day of its first decision: the first discussion that was recorded, or the day on which its "
        "first released plan was sent to sign-off, whichever was earlier.",
        "Treatment of the tumour had begun where a step was begun on an earlier day, or an earlier treatment is listed that "
        "began before: one whose "
        "start is not recorded, or known to that month or year alone, began before. Steps of surveillance are none, nor those "
        "of symptom control without a goal at the tumour, nor, of a functional tumour, an earlier systemic agent other than "
        "chemotherapy, as an analogue: it bridges the symptoms.",
        "That no treatment had begun the record cannot say: of a list of earlier treatments that is empty nobody knows whether "
        "there was none, or nobody asked. So there is no share of those that came before treatment; what is told is how many are "
        "known to have been treated before, which are the least that were.",
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
            "treated_before",
            "Known to be treated before",
            "Cases of which treatment of the tumour is known to have begun before that day: the least that were.",
            Kind.SHARE,
            where="u.treated = 1",
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
        Measure(
            "treated",
            "Treated before",
            "Treatment of the tumour had begun before that day.",
            where="u.diagnosis = 'treated'",
        ),
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
    "Cases whose day of diagnosis is not recorded, known in part, or later than the decision; patients whose tumour had been "
    f"treated before; and those diagnosed more than {LONG_KNOWN} days before the case was opened here (own bound)."
)
WHY = ("undated", "partly", "later", "treated", "long_known")
PATHWAY = (
    "Australian optimal care pathway for neuroendocrine tumours: presented at a NET meeting within four weeks of diagnosis (its "
    "summary of timeframes was read)."
)
INDICATORS = (
    Indicator(
        name="treated-before",
        group=Group.REACHING,
        title="Known to be treated before the board was asked",
        says="How many came when not every way was open any more, at the least.",
        numerator="Cases of which treatment of the tumour is known to have begun before the day of the first decision.",
        denominator="Cases that came to their first decision in the period.",
        exclusions="None. That nothing had begun the record cannot say, since an empty list of earlier treatments may mean that "
        "nobody asked: the share is the least that it can be, and how many came before treatment is not told. "
        "Whoever is presented again, for a later line, counts by their first decision only.",
        source=f"{HOUSE} After the prospective presentation that the Commission on Cancer asks for (Optimal Resources for "
        "Cancer Care, 2020, "
        "standard 2.5, whose table of contents alone could be read): it counts more as prospective than this does.",
        report=FIRST_BOARD_DECISIONS,
        measure_name="treated_before",
        better=Better.LOWER,
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
