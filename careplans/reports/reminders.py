"""What became of reminders, channel by channel: in time, late, not at all; and what was escalated."""

from careplans.models import OutboxMessage, Reminder
from careplans.reports.declared import Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, MONTH, QUARTER, by_months, coded

# As the health page has it: what goes out within five minutes of its hour goes out in time.
LATE = 5
STATES = {
    "in_time": "Sent in time",
    "late": "Sent late",
    "failed": "Not delivered",
    "unsent": "Not sent yet, though late",
    "passed_on": "Passed on",
    "waiting": "Waiting for its hour",
    "withdrawn": "Withdrawn",
}
MEANINGS = {
    "in_time": f"Sent within {LATE} minutes of the hour that was promised.",
    "late": "Sent later than that.",
    "failed": "Given up, or come back: it did not reach its recipient this way.",
    "unsent": f"Neither sent nor given up {LATE} minutes after its hour.",
    "passed_on": "Not sent, since its recipient cannot act on it; somebody else was told instead.",
    "waiting": "Its hour has not come.",
    "withdrawn": "Not sent, since nobody has to be told any more: done, moved or called off.",
}
ABOUT = {"step": "Step", "follow_up": "Follow-up", "signature": "Signature", "plan": "Plan"}
NEITHER = (Reminder.Kind.DIGEST, Reminder.Kind.AHEAD)
# A message that waits for a daily e-mail, or is held by a worker, waits.
_OPEN = f"m.status IN ('{OutboxMessage.Status.PENDING}', '{OutboxMessage.Status.CLAIMED}', '{OutboxMessage.Status.COLLECTED}')"
# As both stood at the end of that day: nothing that leaves the house is recorded late.
UNIT = by_months(
    f"""
    SELECT w.*,
        CASE WHEN w.status = 'sent' AND w.minutes_after <= {LATE} THEN 'in_time' WHEN w.status = 'sent' THEN 'late'
            WHEN w.status = 'failed' THEN 'failed' WHEN w.is_open AND w.minutes_waiting > {LATE} THEN 'unsent'
            WHEN w.is_open THEN 'waiting' WHEN w.was_passed_on THEN 'passed_on' ELSE 'withdrawn' END AS state,
        CASE WHEN w.status = 'sent' AND w.minutes_after > {LATE} THEN w.minutes_after END AS minutes_late
    FROM (
        SELECT m.id, r.board_id, r.case_id, r.plan_id, r.id AS reminder_id, r.local_day AS day, r.kind, m.channel, m.status,
            {_OPEN} AS is_open, s.instead_of_id IS NOT NULL AS was_passed_on,
            {{minutes:COALESCE(m.held_until, r.due_at)|m.sent_at}} AS minutes_after,
            {{minutes:COALESCE(m.held_until, r.due_at)|%(moment)s}} AS minutes_waiting,
            CASE WHEN r.step_id IS NOT NULL THEN 'step' WHEN r.follow_up_id IS NOT NULL THEN 'follow_up'
                WHEN r.signature_id IS NOT NULL THEN 'signature' ELSE 'plan' END AS about,
            CASE WHEN r.step_id IS NOT NULL THEN 'step-' || r.step_id
                WHEN r.follow_up_id IS NOT NULL THEN 'follow-up-' || r.follow_up_id END AS thing
        FROM {{then_outboxmessage}} m
        JOIN {{then_reminder}} r ON r.id = m.reminder_id
        LEFT JOIN (SELECT DISTINCT i.instead_of_id FROM {{then_reminder}} i WHERE i.instead_of_id IS NOT NULL) s
            ON s.instead_of_id = r.id
        WHERE r.case_id IS NOT NULL AND r.kind NOT IN ({", ".join(f"'{kind}'" for kind in NEITHER)})
    ) w
"""  # noqa: S608  # declared here, not typed
)
SENT = "u.state IN ('in_time', 'late')"
ESCALATED = f"u.kind = '{Reminder.Kind.ESCALATION}' AND {SENT}"

REMINDERS = Report(
    name="reminders",
    title="Reminders",
    question="How many reminders went out, in time or late, which did not, and what was escalated?",
    says=(
        "A row is one message: a reminder in one channel, on the day for which it was written, where the board is. One to a "
        "deputy, or to a coordinator in somebody’s place, is a reminder of its own.",
        f"In time is within {LATE} minutes of the hour that was promised: its own, or the end of the hours in which its "
        "recipient wants to be left alone. A pause after a failed attempt moves the message, not the promise. What goes with a "
        "daily e-mail goes out with it.",
        "A mail that came back was not delivered, from when that is known.",
        "Escalated are steps and follow-ups of which somebody was told that they stayed overdue, in at least one channel; each "
        "counts once, however many were told and however often it was moved.",
        "What is about no one case, daily e-mails themselves and the monthly list of cases with nothing ahead, is left out; so "
        "are the reviews of reference pages, which belong to no board.",
    ),
    period="the day for which it was written",
    unit=UNIT,
    dimensions=(
        Dimension("channel", "Channel", "channel", "How it is sent.", coded(OutboxMessage.Channel)),
        Dimension("kind", "Kind", "kind", "Why somebody is told.", {
            code: words for code, words in coded(Reminder.Kind).items() if code not in NEITHER
        }),
        Dimension("about", "About", "about", "What it is about.", ABOUT),
        Dimension("state", "State", "state", "What had become of it: the first that applies.", STATES),
        BOARD, MONTH, QUARTER,
    ),
    measures=(
        Measure("messages", "Messages", "All messages."),
        *(Measure(code, label, MEANINGS[code], where=f"u.state = '{code}'") for code, label in STATES.items()),
        Measure(
            "on_time", "In time", "Sent in time, among those that were sent or given up, or whose hour has passed.", Kind.SHARE,
            where="u.state = 'in_time'", among="u.state IN ('in_time', 'late', 'failed', 'unsent')",
        ),
        Measure("minutes_late", "Minutes late", "After the hour that was promised, of those sent late.", Kind.SPAN,
            span="u.minutes_late", unit="minutes"),
        Measure("escalated", "Escalated", "Steps and follow-ups of which somebody was told that they stayed overdue.",
            where=f"{ESCALATED} AND u.thing IS NOT NULL", of="u.thing"),
        Measure("told", "Escalations", "Notices that told of these, each counted once, in however many channels.",
            where=f"{ESCALATED} AND u.thing IS NOT NULL", of="u.reminder_id"),
    ),
    by=("month",),
    noun="messages",
    source="The house’s own; the five minutes are those after which the health page warns.",
    drawing=Drawing(Shape.BARS, ("in_time", "late", "failed", "unsent", "passed_on", "waiting"), beside=("escalated",)),
    shown=("minutes_late",),
)  # fmt: skip
