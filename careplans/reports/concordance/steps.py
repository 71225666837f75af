"""Question 2: what was planned against what was delivered, step by step, with the reasons."""

from careplans.models.course_ends import AS_MEANT, AS_PLANNED, STOP_WORDS
from careplans.models.step_values import SAID_BY_PROGRAM
from careplans.reports.concordance.stood import DAYS_OFF, NOT_COME, STOOD
from careplans.reports.declared import FAR, Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, COURSE, DISCIPLINE, MODALITY, MONTH, OWNER, PHASE, REASON, month_of

CLASSES = {
    "as_planned": "As planned",
    "otherwise": "Otherwise than planned",
    "not_assessed": "Completed, how far is not assessed",
    "stopped": "Stopped",
    "not_done": "Not done",
    "fell_away": "Fell away",
    "set_aside": "Set aside",
    "in_progress": "In progress",
    "in_progress_late": "In progress, late",
    "on_hold": "On hold",
    "waiting": "Waits for its condition",
    "conditional": "Condition not met or not said",
    "blocked": "Waits for what did not come as planned",
    "ahead": "Not due yet",
    "unknown": "Unknown",
}
MEANINGS = {
    "as_planned": "Completed in full, or stopped as such a course is meant to end, and begun at most "
    f"{DAYS_OFF} days beside the day from which it could begin.",
    "otherwise": "Completed, but in part, with fewer cycles or sessions, with one that was given otherwise, or begun more than "
    f"{DAYS_OFF} days late or early.",
    "not_assessed": "Completed; whether in full or in part, nobody has said.",
    "stopped": "Begun, and stopped before its end, with a reason.",
    "not_done": "Never begun, and recorded as not done, with a reason; a step of a plan that was revoked is such.",
    "fell_away": "Never begun, and nobody missed it: an amendment left it out, which the board signed anew, or the patient died "
    "or was transferred, before its date and the days of grace had passed, or before what it waits for came.",
    "set_aside": "In an arm that was not chosen: neither late nor missing.",
    "in_progress": "Begun and not ended; its next date and the days of grace have not passed.",
    "in_progress_late": f"Begun and not ended; begun more than {DAYS_OFF} days late, or its next date and the days of grace have "
    "passed.",
    "on_hold": "Held on that day, with a reason; not yet to be looked at again, or what it waits for can still come.",
    "waiting": "Not begun; waits for another step, or for the choice of its arm, and that can still come.",
    "conditional": "Planned only if something in words holds, and not begun: its date and the days of grace have passed and "
    "nobody has said whether it does, or it was recorded as not done for a reason that says that it did not come, or that the "
    "patient was not fit or not there any more, or an amendment left it out. Neither followed nor missed.",
    "blocked": "Not begun, and not due yet; what it waits for came otherwise than planned, as where a course was stopped before "
    "the end that is signed, or did not come, and cannot come as planned any more: somebody has to decide. "
    "Once its date and the days of grace have passed and nobody has, it is unknown.",
    "ahead": "Not begun; its date and the days of grace have not passed.",
    "unknown": "Not begun, its date and the board’s days of grace have passed, and nothing is recorded of what became of it.",
}
DEPARTURES = {
    "fewer": "Fewer cycles or sessions",
    "in_part": "In part only",
    "given_otherwise": "A cycle or session given otherwise",
    "later": f"Begun more than {DAYS_OFF} days late",
    "earlier": f"Begun more than {DAYS_OFF} days early",
    "late": "Its next date has passed",
}
AMENDED = {
    "first": "As first signed",
    "same": "Taken over as it was",
    "modality": "With another modality",
    "course": "With another course",
    "date": "With another start",
}
# Of these nobody was asked why: they say with what a step ended.
_BY_PROGRAM = ", ".join(repr(code.value) for code in SAID_BY_PROGRAM)
ENDED = ("as_planned", "otherwise", "not_assessed", "stopped", "not_done")


def is_one_of(*codes: str) -> str:
    return f"u.class IN ({', '.join(repr(code) for code in codes)})"


# What was running and went with the patient to another centre goes on there, and what a death cut short nobody left undone.
ENDED_HERE = (
    f"{is_one_of(*ENDED, 'unknown')} AND NOT (u.class = 'stopped' AND COALESCE(u.reason, '') IN ('moved_away', 'died'))"
)
# What counts as its reason depends on how it stands.
UNIT = f"""
    SELECT c.id, c.id AS step_id, c.board_id, c.case_id, c.plan_id, c.day, {month_of("c.day")} AS month,
        c.phase, c.modality, c.course, c.discipline, c.owner, c.amended, c.class, c.position, c.planned_start,
        CASE WHEN c.has_begun THEN c.started_on END AS started_on,
        CASE WHEN c.is_completed OR c.is_stopped THEN c.ended_on END AS ended_on,
        CASE WHEN c.has_begun THEN c.days_off END AS days_off,
        CASE
            WHEN c.class = 'otherwise' THEN c.departure
            WHEN c.class = 'in_progress_late' THEN CASE WHEN c.is_late THEN 'late' ELSE c.departure END
        END AS departure,
        CASE
            WHEN c.class = 'on_hold' THEN c.held_reason
            WHEN c.is_stopped OR c.is_not_done THEN COALESCE(NULLIF(c.reason_given, ''), NULLIF(c.reason, ''))
        END AS reason
    FROM ({STOOD}) c
"""  # noqa: S608  # declared here, not typed

CONCORDANCE = Report(
    name="concordance",
    title="Planned against delivered",
    question="What became of each planned step, and why not what was planned?",
    says=(
        "A row is a step of a plan that was released by that day. What an amendment took over counts once, where it stands last, "
        "and against what is signed there: an amendment is another decision of the board, not a departure from the plan. What an "
        "amendment left out is told in the plan that had it, as fallen away; as not done where it was overdue by then.",
        "Each step stands in exactly one class as of the day: the first that applies, in the order in which they are told.",
        "A step begins, ends and is held on its own days, so that what was recorded late counts from when it happened, "
        "asked with what is known now. Not done has no day and counts from when it was recorded, or from the patient’s death or "
        "transfer; the next date of an open step is the one that stood then.",
        "Unknown is never counted as done. Days of grace are those of the board, as they are known; the day itself and the last "
        "day of grace are in time. A step whose condition has failed is due by its date like any other.",
        f"A course that was stopped for one of: {', '.join(code.replace('_', ' ') for code in AS_PLANNED)} was carried out as "
        "planned where “stop when” of its plan names that reason: what is signed decides. It is read as a list, and an item "
        f"names a reason in these words alone: {'; '.join(', '.join(STOP_WORDS[code]) for code in AS_PLANNED)}. One that "
        f"nothing but a stop ends was carried out as planned, too, if it was stopped for one of: "
        f"{', '.join(code.replace('_', ' ') for code in AS_MEANT)}. Any other stop counts as stopped, also where it was signed, "
        "as for toxicity: what waits for the end of the course may begin, and the reason is there to be seen.",
        "A step that is planned only if something in words holds, and was not done, is no miss where the reason is one of: "
        f"{', '.join(code.replace('_', ' ') for code in NOT_COME)}.",
        "What had begun and ended since the patient moved away or was transferred goes on elsewhere, and what had begun and "
        "ended with the patient’s death was cut short by nobody: it counts as stopped, and is in neither share of what was "
        "carried out. What had not begun then fell away, unless its date and the days of grace had passed before: that was "
        "missed. So the measures of the CoC have it, which ask of who was alive until the end of the time in which something was "
        "to be given. A course whose “stop when” is the death was carried out as planned.",
        "What an amendment left out fell away, unless it was overdue by then: the board has signed that it is not to be done, "
        "and no team has missed it.",
        "The day from which a step could begin is its planned start, the day “not before” which it may not begin, or the one on "
        "which the step that it waits for came so far, or its arm was chosen, whichever is latest: what others were late with is "
        "told of them alone. One that began before its condition came is held against the days that were signed.",
        "Of a step that is planned only if something in words holds, its planned start is no agreed day: nobody records when "
        "that came to hold. It is neither early nor late by its start, and its days are in no figure.",
        "Of an ongoing step whose plan was completed, and which goes on under somebody’s care, nothing is late any more.",
        "A step stands in the period for which it was planned, also where it was carried out in another one: an operation that "
        "was given months early is in the period of its planned start.",
        "Where no period is said it reaches from ten years before that day to two years after it, so that courses that run on "
        "and steps that are still to come are there.",
        "Decisions treat nothing and are left out, as are steps of plans that were entered in error.",
    ),
    period="the planned start of the step, or the release of its plan where it has none",
    unit=UNIT,
    dimensions=(
        Dimension("class", "What became of it", "class", "How the step stands as of the day.", CLASSES),
        Dimension(
            "departure", "What was otherwise", "departure",
            "Of what was carried out otherwise, or is late: the first that applies.", DEPARTURES,
        ),
        REASON, PHASE, MODALITY, COURSE,
        Dimension(
            "discipline", DISCIPLINE.label, "discipline", "Discipline in which its owner sat on the board at the release; none "
            "where they had none.", DISCIPLINE.codes,
        ),
        OWNER, BOARD, MONTH,
        Dimension(
            "amended", "Amended", "amended", "What the amendment that it stands in made of it: the first that applies.", AMENDED
        ),
    ),
    measures=(
        Measure("steps", "Steps", "All steps."),
        *(Measure(code, label, MEANINGS[code], where=is_one_of(code)) for code, label in CLASSES.items()),
        Measure(
            "followed", "Carried out as planned", "As planned, among those that ended or are unknown, but for what was stopped "
            "as the patient died or moved away.", Kind.SHARE, where=is_one_of("as_planned"), among=ENDED_HERE,
        ),
        Measure(
            "carried_out", "Carried out", "As planned, otherwise, or completed and not assessed, among those that ended or are "
            "unknown, but for what was stopped as the patient died or moved away.", Kind.SHARE,
            where=is_one_of("as_planned", "otherwise", "not_assessed"), among=ENDED_HERE,
        ),
        Measure(
            "reason_known", "With a reason", "Stopped or not done for a reason that is known, among all of which somebody was "
            "asked why. Where a plan was revoked, or an amendment left a step out, the reason for that counts; before the "
            "program asked for it nobody was asked. “Unknown” is a reason that somebody chose.",
            Kind.SHARE, where="COALESCE(u.reason, 'unknown') <> 'unknown'",
            among=f"{is_one_of('stopped', 'not_done')} AND COALESCE(u.reason, '') NOT IN ({_BY_PROGRAM})",
        ),
        Measure(
            "not_recorded", "Unknown share", "Unknown, among those that began, ended or are unknown.", Kind.SHARE,
            where=is_one_of("unknown"), among=is_one_of(*ENDED, "in_progress", "in_progress_late", "unknown"),
        ),
        Measure(
            "days_late", "Days late", "Days from the day from which it could begin to the start, of steps that began and had a "
            "planned start; negative where they began early. None of what depends on something in "
            "words.", Kind.SPAN, span="u.days_off", unit="days",
        ),
    ),
    by=("modality",),
    reach=FAR,
    noun="steps",
    source="“Plan followed” with yes, some, no and why not: ICHOM’s breast cancer set, HL7 IG; here as planned, otherwise or "
    "stopped, not done. Who died in time is not asked about: CoC measures of time to treatment. Fate and reason for each "
    "recommendation: MII molecular tumour board, follow-up; DNPM data model, fulfilment. "
    f"The {DAYS_OFF} days are the house’s own.",
    drawing=Drawing(Shape.BARS, tuple(CLASSES)),
    shown=("step_id", "position", "planned_start", "started_on", "ended_on", "days_off"),
)  # fmt: skip
