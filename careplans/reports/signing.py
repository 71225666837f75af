"""Question 6: how long it took to sign, by discipline."""

from careplans.models import Signature
from careplans.reports.declared import Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, DISCIPLINE, MONTH, QUARTER, by_months, coded

# A signature that became void keeps what it was: it was asked for and answered all the same. When it became void is the moment at
# which that was recorded, so what stood on the day says it: a request that became void later was awaited still.
UNIT = by_months("""
    SELECT g.id, g.board_id, p.case_id, g.plan_id, {day:g.requested_at|b.time_zone} AS day,
        COALESCE(CASE WHEN g.signed_at <= %(moment)s THEN NULLIF(g.signed_discipline, '') END, g.discipline) AS discipline,
        CASE WHEN g.signed_at <= %(moment)s THEN COALESCE(NULLIF(g.voided_status, ''), g.status)
            WHEN t.status = 'void' THEN 'void' ELSE 'pending' END AS answer,
        CASE WHEN g.signed_at <= %(moment)s AND g.is_required THEN {hours:g.requested_at|g.signed_at} END AS hours
    FROM {signature} g
    JOIN {plan} p ON p.id = g.plan_id
    JOIN {board} b ON b.id = g.board_id
    LEFT JOIN {then_signature} t ON t.id = g.id
    WHERE g.requested_at <= %(moment)s AND p.status <> 'entered_in_error'
""")
GIVEN = "'approved', 'approved_with_comment', 'dissented', 'declined'"
ANSWERS = {code: words for code, words in coded(Signature.Status).items() if code != Signature.Status.DELEGATED} | {
    "void": "Void before it was answered"
}

SIGNING = Report(
    name="signing",
    title="Time to sign",
    question="How long did it take each discipline to sign?",
    says=(
        "A row is one request for a signature. A plan that was changed and sent to sign-off again asks anew, and these requests "
        "count by their own day.",
        "An answer is a signature, a signature with a comment, a dissent or a plan sent back. It counts under the discipline for "
        "which it was given, and also when it became void by a later change.",
        "A request that became void before anybody answered is counted, and measured by no time; neither is a signature that "
        "nobody had asked for.",
        "Signatures of plans that were entered in error are left out.",
    ),
    period="the day of the request",
    unit=UNIT,
    dimensions=(
        BOARD, DISCIPLINE, MONTH, QUARTER, Dimension("answer", "Answer", "answer", "What the discipline answered.", ANSWERS),
    ),
    measures=(
        Measure("asked", "Asked", "Requests."),
        Measure("answered", "Answered", "Those that were answered.", Kind.SHARE, where=f"u.answer IN ({GIVEN})"),
        Measure("dissented", "Dissent", "Dissents among the answers.", Kind.SHARE, where="u.answer = 'dissented'",
            among=f"u.answer IN ({GIVEN})"),
        Measure("declined", "Sent back", "Plans sent back, among the answers.", Kind.SHARE, where="u.answer = 'declined'",
            among=f"u.answer IN ({GIVEN})"),
        Measure("awaited", "Awaited", "Those that nobody had answered.", where="u.answer = 'pending'"),
        Measure("hours", "Hours to the answer", "Whole hours from the request to the answer.", Kind.SPAN, span="u.hours",
            unit="hours"),
    ),
    by=("discipline",),
    noun="signatures",
    drawing=Drawing(Shape.SPANS, ("hours",)),
    shown=("hours",),
)  # fmt: skip
