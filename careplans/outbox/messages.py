"""What a reminder says, in the words of the day on which it goes out. An e-mail says only that something is open, and since
when, with a link: never a patient's data.
"""

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from careplans.models import OutboxMessage, Plan, Reminder, Step
from careplans.outbox.digests import count_open
from careplans.outbox.email import OutgoingEmail, address_of
from careplans.readers.steps.courses import what_is_due
from careplans.readers.steps.gates import NO_GATE, Gate, gate_of
from careplans.reminders import nothing_ahead
from careplans.reminders.lateness import Lateness
from careplans.reminders.news import news_text
from modalities.models import Modality

SUBJECTS: dict[str, str] = {
    Reminder.Kind.LEAD: "Coming up on your board",
    Reminder.Kind.DUE: "Due today on your board",
    Reminder.Kind.OVERDUE: "Overdue on your board",
    Reminder.Kind.ESCALATION: "Overdue and escalated to you",
    Reminder.Kind.SIGNATURE: "A plan waits for your signature",
    Reminder.Kind.SNOOZED: "You asked to be reminded",
    Reminder.Kind.GATE: "The condition of a step has failed",
    Reminder.Kind.DISSENT: "A dissent is on record",
    Reminder.Kind.SENT_BACK: "A plan was sent back",
    Reminder.Kind.READY: "A plan is ready to release",
    Reminder.Kind.RELEASED: "A plan has been released",
    Reminder.Kind.ENDED: "A plan has been withdrawn",
    Reminder.Kind.DIFFERS: "A plan does not say what was signed",
    Reminder.Kind.AHEAD: "Cases in care with nothing ahead",
    Reminder.Kind.FACTS: "Facts have changed under a plan",
    Reminder.Kind.STEP_ENDED: "A step was stopped or not done",
    Reminder.Kind.OUTCOME: "A late progression or severe toxicity is on record",
    Reminder.Kind.DIGEST: "What waits for you today",
}

PAGE_SUBJECT = "A reference page waits for its review"
LEADS: dict[str, str] = {
    Reminder.Kind.LEAD: "Coming up",
    Reminder.Kind.DUE: "Due",
    Reminder.Kind.OVERDUE: "Overdue",
    Reminder.Kind.ESCALATION: "Escalated to you",
}


def path_of(reminder: Reminder) -> str:
    """The page on which the recipient can act."""
    if reminder.kind == Reminder.Kind.DIGEST:
        return reverse("careplans:my_work")
    if reminder.kind == Reminder.Kind.AHEAD:
        return reverse("careplans:nothing_ahead", args=[reminder.board_id])
    if reminder.signature is not None:
        return reverse("careplans:signoff", args=[reminder.signature.plan_id])
    if reminder.plan is not None:
        page = "signoff" if reminder.plan.status == Plan.Status.IN_SIGNOFF else "plan"
        return reverse(f"careplans:{page}", args=[reminder.plan_id])
    if reminder.reference_page is not None:
        return reverse("modalities:page", args=[reminder.reference_page.slug])
    if reminder.step is not None:
        return f"{reverse('careplans:plan', args=[reminder.step.plan_id])}#step-{reminder.step_id}"
    return reverse("careplans:followup", args=[reminder.follow_up_id])


def notice_text(reminder: Reminder) -> str:
    """One line for the app, the patient's name first: whose, what, and when. It is read as long as they are (`Notice.board`)."""
    if reminder.reference_page is not None:
        return _review_text(reminder, reminder.reference_page)
    if reminder.kind in Reminder.NEWS:
        return news_text(reminder)
    if reminder.kind == Reminder.Kind.GATE and reminder.step is not None:
        return _gate_text(reminder, reminder.step)
    if reminder.kind == Reminder.Kind.AHEAD:
        return nothing_ahead.words_of(reminder)
    whom = reminder.case.patient if reminder.case else "A patient"
    if reminder.signature is not None:
        whose = f"a signature, {reminder.why}" if reminder.instead_of_id else "your signature"
        return f"{whom}: plan {reminder.signature.plan.number} waits for {whose}{Lateness.of(reminder).since}."
    if reminder.step is not None:
        about = what_is_due(reminder.step)
        what = f"step {reminder.step.number} ({reminder.step.title}){f', {about}' if about else ''}"
    elif reminder.follow_up is not None:
        what = f"follow-up “{reminder.follow_up.heading}”"
    else:
        what = "something"
    when = Lateness.of(reminder).when
    return f"{whom}. {_lead(reminder)}: {what}{when}.{_closed_gate(reminder)}{_with_whom(reminder)}"


def _gate_text(reminder: Reminder, step: Step) -> str:
    patient = reminder.case.patient if reminder.case else "A patient"
    for_whom = f", told {reminder.why}" if reminder.instead_of_id else ""
    why = _gate(reminder).coded or reminder.why
    return (
        f"{patient}: the condition of step {step.number} ({step.title}) has failed: {why}{for_whom}. Decide what becomes of "
        "the step, or have the case discussed again."
    )


def _gate(reminder: Reminder) -> Gate:
    return gate_of(reminder.step, reminder.board.today) if reminder.step and reminder.board else NO_GATE


def _closed_gate(reminder: Reminder) -> str:
    """What escalates although it cannot begin says so."""
    words = _gate(reminder).coded_sentence
    return f" {words}." if words else ""


def _lead(reminder: Reminder) -> str:
    """“Escalated to you as chair, 14 days overdue”."""
    late = Lateness.of(reminder)
    return " ".join(filter(None, [LEADS.get(late.kind, "Reminder"), late.why]))


def _with_whom(reminder: Reminder) -> str:
    """Who is told of an escalation also reads whose it is."""
    subject = reminder.step or reminder.follow_up
    person = subject.assignee if subject is not None and reminder.kind == Reminder.Kind.ESCALATION else None
    return f" Responsible: {person.name}." if person is not None and person.pk != reminder.recipient_id else ""


def _review_text(reminder: Reminder, reference_page: Modality) -> str:
    late = Lateness.of(reminder)
    return f"{LEADS.get(late.kind, 'Reminder')}: review of the reference page “{reference_page.title}”{late.when}."


def mail_for(message: OutboxMessage, headers: Mapping[str, str] | None = None) -> OutgoingEmail:
    """The e-mail of a message. Its Message-ID derives from the dedupe key and the era, and is the same in a re-send."""
    reminder = message.reminder
    return OutgoingEmail(
        sender=settings.DEFAULT_FROM_EMAIL,
        to=message.recipient.email,
        subject=f"Consilium: {_subject(reminder)}",
        message_id=message_id(message),
        sent_on=timezone.now(),
        text=(
            f"Hello {message.recipient.name},\n\n"
            f"{_what_waits(reminder)}\n\n"
            f"{settings.BASE_URL}{path_of(reminder)}\n\n"
            "For privacy this mail holds no details: they are behind the link, after signing in.\n"
            f"You can choose which mails you get: {settings.BASE_URL}{_settings_path()}\n"
        ),
        headers=headers or {},
    )


def _subject(reminder: Reminder) -> str:
    if reminder.reference_page is not None:
        return PAGE_SUBJECT
    late = Lateness.of(reminder)
    is_past = late.kind == Reminder.Kind.DUE and late.due_on is not None and late.due_on < late.today
    return f"Was due {late.due_on:%-d %b} on your board" if is_past else SUBJECTS[late.kind]


@cache
def _settings_path() -> str:
    return reverse("accounts:settings")


def _what_waits(reminder: Reminder) -> str:
    if reminder.kind == Reminder.Kind.DIGEST:
        count = count_open(reminder)
        return "1 thing is open and waits for you." if count == 1 else f"{count} things are open and wait for you."
    late = Lateness.of(reminder)
    if reminder.kind in Reminder.NEWS and reminder.board:
        return f"There is news of a plan on the board {reminder.board.name}{late.happened}."
    where = f"something on the board {reminder.board.name}" if reminder.board else "the review of a reference page"
    if late.is_past:
        return f"{where}, which{late.when.removeprefix(',')}, is open and waits for you."
    waits = f"has waited for you{late.since}" if late.since and late.due_on is None else "waits for you"
    return f"{where} is open and {waits}."


def message_id(message: OutboxMessage) -> str:
    return f"<reminder.{number(message)}@{address_of(settings.DEFAULT_FROM_EMAIL).domain}>"


def number(message: OutboxMessage) -> str:
    """Of this mail, by which a relay knows it again. One that came back and is sent once more is another mail; so is that of
    a row whose number was another row's before a restore."""
    era = f".e{message.era}" if message.era else ""
    again = f".{message.bounce_count}" if message.bounce_count else ""
    return f"{message.dedupe_key}{era}{again}"
