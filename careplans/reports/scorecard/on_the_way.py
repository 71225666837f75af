"""Cases on the way to a plan: those that the board has not taken on, has sent back, has not discussed, or left without a plan."""

from careplans.models import Case
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

Status = Case.Status
PLACES = {
    "referred": "Referred, not taken on",
    "returned": "Returned, not sent again",
    "undecided": "Taken on, not discussed",
    "without_plan": "Discussed, without a plan",
}
PLACE = Dimension("place", "Where it waits", "place", "How far the case has come.", PLACES)

# Since when: the last time that the case came to where it stands. From the list of a meeting back to accepted it goes on waiting.
UNIT = f"""
    SELECT c.id, c.board_id, c.id AS case_id, CAST(NULL AS integer) AS plan_id, c.since AS day, c.place,
        {{days:c.since|%(day)s}} AS days_waiting
    FROM (
        SELECT t.id, t.board_id,
            CASE t.status WHEN '{Status.REFERRED}' THEN 'referred' WHEN '{Status.RETURNED}' THEN 'returned'
                WHEN '{Status.DISCUSSED}' THEN 'without_plan' ELSE 'undecided' END AS place,
            {{day:COALESCE(e.at, t.created_at)|b.time_zone}} AS since
        FROM {{then_case}} t
        JOIN {{board}} b ON b.id = t.board_id
        LEFT JOIN (
            SELECT v.case_id, v.new, MAX(v.at) AS at FROM {{event}} v
            WHERE v.kind IN ('case_opened', 'case_moved') AND v.at <= %(written)s
                AND NOT (v.kind = 'case_moved' AND v.new = '{Status.ACCEPTED}' AND v.old = '{Status.LISTED}')
            GROUP BY v.case_id, v.new
        ) e ON e.case_id = t.id AND e.new = CASE t.status WHEN '{Status.LISTED}' THEN '{Status.ACCEPTED}' ELSE t.status END
        LEFT JOIN (
            SELECT DISTINCT p.case_id FROM {{plan}} p WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
        ) r ON r.case_id = t.id
        WHERE t.created_at <= %(moment)s AND r.case_id IS NULL
            AND t.status IN (
                '{Status.REFERRED}', '{Status.RETURNED}', '{Status.ACCEPTED}', '{Status.LISTED}', '{Status.DISCUSSED}'
            )
    ) c
"""  # declared, not typed


def _span(place: str, says: str) -> Measure:
    return Measure(
        place, PLACES[place], says, Kind.SPAN, where=f"u.place = '{place}'", span="u.days_waiting", unit="days"
    )


ON_THE_WAY = Report(
    name="cases-on-the-way",
    title="Cases on the way to a plan",
    question="How many patients have not come to a plan yet, where do they wait, and how long?",
    says=(
        "A case counts where it stood on that day, as long as no plan of it has been released: referred and neither taken on, "
        "returned nor declined; returned and not sent again; taken on and not discussed, listed or not; or "
        "discussed, without a plan.",
        "It waits since it came there, and goes on waiting where a meeting put it off. Of a case that was opened as "
        "taken on, that is the day on which it was opened.",
        "Cases that were declined, withdrawn or closed wait no longer. Of a case in care without a plan the board has said that "
        "none is needed.",
    ),
    period="",
    unit=UNIT,
    dimensions=(BOARD, PLACE),
    measures=(
        Measure("cases", "Cases", "Cases without a released plan that wait for something."),
        _span("referred", "Days since the referral, of those that nobody has taken on, returned or declined."),
        _span("returned", "Days since the return, of those that were not sent again."),
        _span("undecided", "Days since they were taken on, of those not discussed."),
        _span("without_plan", "Days since the discussion, of those without a released plan."),
    ),
    by=("place",),
    noun="cases",
    shown=("days_waiting",),
)


def _waiting(name: str, title: str, says: str, measured: str, exclusions: str, measure: str) -> Indicator:
    return Indicator(
        name, Group.REACHING, title, says, "", measured, exclusions, HOUSE, ON_THE_WAY, measure, Better.LOWER
    )


ENDED = "Cases that were declined, withdrawn or closed, and those with a released plan."
INDICATORS = (
    _waiting(
        "referrals-waiting",
        "Referrals not taken on yet",
        "Patients who were referred, and of whom nobody has said yet whether the board takes them on.",
        "Days from the referral to the day of the report, of cases that stand as referred.",
        ENDED,
        "referred",
    ),
    _waiting(
        "returned-waiting",
        "Returned and not sent again",
        "Patients whose referral went back for what was missing, and did not come again: they can be lost.",
        "Days from the return to the day of the report, of cases that stand as returned.",
        ENDED,
        "returned",
    ),
    _waiting(
        "undecided",
        "Taken on and not discussed",
        "Patients whom the board has taken on and not discussed.",
        "Days from the day on which it was taken on to the day of the report, of cases that stand as accepted or listed.",
        ENDED,
        "undecided",
    ),
    _waiting(
        "decided-without-plan",
        "Discussed, without a plan",
        "Patients of whom the board has spoken, and who have no plan that is released.",
        "Days from the discussion to the day of the report, of cases that stand as discussed.",
        f"{ENDED} Cases in care without a plan: the board has said that none is needed.",
        "without_plan",
    ),
)
