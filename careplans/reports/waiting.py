"""Question 3: how long it took from the referral, from the board's decision and from the sign-off to the first step."""

from careplans.reports.declared import Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, COURSE, MODALITY, MONTH, PHASE, month_of
from careplans.reports.scorecard.days import FIRST_DECISIONS

# Whether a step is a treatment of the tumour or of its symptoms: neither imaging nor a visit.
_TREATS = """CASE WHEN s.phase IN ('tumour_control', 'debulking', 'adjuvant')
                OR (s.phase = 'symptom_control' AND s.modality_code <> 'OTHER') THEN 1 ELSE 0 END"""
# One row for each lineage: a first plan with all its amendments. Its first step is the one of all of them that began first; a
# step that an amendment carried over keeps its day, so it is the same one. What has no day of its own (not done) counts from when
# it was recorded: `{then_step}` says what was open then.
_LINEAGE = """
    chain(id, root) AS (
        SELECT p.id, p.id FROM {plan} p WHERE p.amends_id IS NULL
        UNION ALL
        SELECT p.id, c.root FROM {plan} p JOIN chain c ON p.amends_id = c.id WHERE p.status <> 'entered_in_error'
    ), begun AS (
        SELECT c.root, s.phase, s.modality_code AS modality, s.course, s.started_on, {treats} AS treats,
            ROW_NUMBER() OVER (PARTITION BY c.root ORDER BY s.started_on, s.position, s.id) AS place,
            ROW_NUMBER() OVER (PARTITION BY c.root, {treats} ORDER BY s.started_on, s.position, s.id) AS turn
        FROM {step} s JOIN chain c ON c.id = s.plan_id
        WHERE s.started_on <= %(day)s AND s.removed_at IS NULL AND NOT s.is_decision
    ), ahead AS (
        SELECT DISTINCT c.root
        FROM {then_step} t JOIN chain c ON c.id = t.plan_id
        WHERE t.status IN ('planned', 'in_progress', 'on_hold') AND t.carried_over_at IS NULL AND t.removed_at IS NULL
    ), newest AS (
        SELECT c.root, p.status, p.ended_at,
            ROW_NUMBER() OVER (PARTITION BY c.root ORDER BY p.released_at DESC, p.id DESC) AS place
        FROM {plan} p JOIN chain c ON c.id = p.id
        WHERE p.released_at <= %(moment)s
    )
""".replace("{treats}", _TREATS)
# A death or a transfer has a day, though it is recorded later. As a number, 20260301.
_LEFT = """
        SELECT c.root, MIN(e.kind) AS kind
        FROM {careended} x
        JOIN {careend} e ON e.id = x.end_id AND e.withdrawn_at IS NULL
        JOIN chain c ON c.id = x.plan_id
        JOIN {plan} p ON p.id = x.plan_id
        WHERE COALESCE(e.year * 10000 + e.month * 100 + e.day <= {number:%(day)s}, 1 = 0)
            OR p.ended_at <= %(moment)s
        GROUP BY c.root
"""
# Why no first step comes any more: the first that applies.
ENDS = {
    "died": "Died before a first step",
    "transferred": "Went to another centre before a first step",
    "revoked": "Revoked before a first step",
    "no_treatment": "Ended without treatment",
}
MEANINGS = {
    "died": "Of these those whose patient died.",
    "transferred": "Of these those whose patient another centre took over.",
    "revoked": "Of these those that were revoked.",
    "no_treatment": "Of these the others: completed, or with no step left that could begin, as where the board decided on no "
    "treatment for now.",
}
_ENDED = """
        CASE
            WHEN f.root IS NOT NULL THEN NULL
            WHEN z.kind IS NOT NULL THEN z.kind
            WHEN l.ended_at <= %(moment)s AND l.status = 'revoked' THEN 'revoked'
            WHEN l.ended_at <= %(moment)s OR a.root IS NULL THEN 'no_treatment'
        END
"""
# The first decision of a case is the scorecard's; a later plan, that amends none, is decided on when it is sent.
UNIT = f"""
    WITH RECURSIVE {_LINEAGE}, plans AS (
        SELECT p.*, ROW_NUMBER() OVER (PARTITION BY p.case_id ORDER BY p.submitted_at, p.id) AS place
        FROM {{plan}} p
        WHERE p.amends_id IS NULL AND p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
    )
    SELECT p.id, p.board_id, p.case_id, p.id AS plan_id, {{day:p.released_at|b.time_zone}} AS day,
        {month_of("{day:p.released_at|b.time_zone}")} AS month,
        f.phase, f.modality, f.course, f.started_on, {_ENDED} AS ended,
        {{days:{{day:k.created_at|b.time_zone}}|f.started_on}} AS from_referral,
        {{days:{{day:COALESCE(d.at, p.submitted_at)|b.time_zone}}|f.started_on}} AS from_decision,
        {{days:{{day:p.released_at|b.time_zone}}|f.started_on}} AS from_signoff,
        {{days:{{day:p.released_at|b.time_zone}}|%(day)s}} AS since_signoff,
        t.started_on AS treated_on,
        {{days:{{day:k.created_at|b.time_zone}}|t.started_on}} AS treatment_from_referral,
        {{days:{{day:COALESCE(d.at, p.submitted_at)|b.time_zone}}|t.started_on}} AS treatment_from_decision,
        {{days:{{day:p.released_at|b.time_zone}}|t.started_on}} AS treatment_from_signoff
    FROM plans p
    JOIN {{board}} b ON b.id = p.board_id
    JOIN {{case}} k ON k.id = p.case_id
    JOIN newest l ON l.root = p.id AND l.place = 1
    LEFT JOIN begun f ON f.root = p.id AND f.place = 1
    LEFT JOIN begun t ON t.root = p.id AND t.treats = 1 AND t.turn = 1
    LEFT JOIN ahead a ON a.root = p.id
    LEFT JOIN ({_LEFT}) z ON z.root = p.id
    LEFT JOIN ({FIRST_DECISIONS}) d ON d.case_id = p.case_id AND p.place = 1
"""  # noqa: S608  # declared here, not typed
DAYS = "days"


def _span(name: str, label: str, says: str) -> Measure:
    return Measure(name, label, says, Kind.SPAN, where=f"u.{name} >= 0", span=f"u.{name}", unit=DAYS)


WAITING = Report(
    name="waiting",
    title="Days to the first step",
    question="How many days did it take from the referral, from the board's decision and from the sign-off to the first step?",
    says=(
        "A plan counts once with all its amendments, on the day on which the first of them was released, where the board is.",
        "The first step is the one that began first, whatever it is: imaging of surveillance or a visit of palliative care, too; "
        "its phase and modality tell which. Decisions are none: they are taken, not given.",
        "The first treatment is the first step for tumour control, debulking or adjuvant, or for the symptoms by a modality "
        "other than “Other”. A plan of which none has begun is in no number of days to it.",
        "The referral is the day on which the case was opened here. The board's decision is the first one of the case, as the "
        "scorecard has it: the first discussion that was recorded, or the day on which its first released plan was sent to "
        "sign-off, whichever was earlier. A later plan that amends none is decided on when it is sent to sign-off. The sign-off "
        "is the release.",
        "What had begun before a plan was released, such as an analogue that was running, did not wait for it: it is counted "
        "apart, and of no number of days from the sign-off. Likewise what began before the referral or the decision is of no "
        "number of days from that, and what began since then and before the release has days from it. So no number is negative.",
        "A plan of which nothing has begun yet, and something still may, is still waiting, and in none of the three.",
        "A plan that ended before a first step waits for none: it is counted apart, by how it ended, the first that applies, and "
        "is not in the share of those that have begun. A death or a transfer counts from its own day; where that is not "
        "known, from when it ended the plan.",
    ),
    period="the day of the first release",
    unit=UNIT,
    dimensions=(BOARD, PHASE, MODALITY, COURSE, MONTH),
    measures=(
        Measure("plans", "Plans", "Plans with all their amendments."),
        Measure(
            "begun", "Begun", "Of those that did not end before it, those of which a step has begun.", Kind.SHARE,
            where="u.started_on IS NOT NULL", among="u.ended IS NULL",
        ),
        Measure(
            "still_waiting", "Still waiting", "Days since the release of those of which none has begun and one still may.",
            Kind.SPAN, where="u.started_on IS NULL AND u.ended IS NULL", span="u.since_signoff", unit=DAYS,
        ),
        Measure(
            "ended_before", "Ended before a first step", "Those in which no step began, and none will.",
            where="u.ended IS NOT NULL",
        ),
        *(Measure(code, label, MEANINGS[code], where=f"u.ended = '{code}'") for code, label in ENDS.items()),
        Measure(
            "begun_before", "Begun before the sign-off", "The first step began on an earlier day.", where="u.from_signoff < 0"
        ),
        _span("from_referral", "From the referral", "From the day on which the case was opened to the first step."),
        _span("from_decision", "From the decision", "From the board's decision to the first step."),
        _span("from_signoff", "From the sign-off", "From the day of the release to the first step."),
        _span(
            "treatment_from_referral", "From the referral to treatment",
            "From the day on which the case was opened to the first treatment.",
        ),
        _span(
            "treatment_from_decision", "From the decision to treatment", "From the board's decision to the first treatment.",
        ),
        _span(
            "treatment_from_signoff", "From the sign-off to treatment", "From the day of the release to the first treatment.",
        ),
    ),
    by=("board",),
    noun="plans",
    drawing=Drawing(Shape.SPANS, ("from_referral", "from_decision", "from_signoff")),
    shown=(
        "started_on", "treated_on", "ended", "from_referral", "from_decision", "from_signoff", "since_signoff",
        "treatment_from_referral", "treatment_from_decision", "treatment_from_signoff",
    ),
)  # fmt: skip
