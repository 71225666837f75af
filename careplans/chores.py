"""What is done again and again, whoever asks: beat, by a task for each name (how often: config/ticks.py), or the loop of
`run_reminders`, all of them in every round. Done twice, nothing changes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from accounts.services import institution_analysts, limits, mail_queue, sent, typed
from accounts.session_store import SessionStore
from careplans.exports import tidying
from careplans.outbox import metrics
from careplans.reminders import nothing_ahead, page_reviews, retime
from careplans.rules import runs
from careplans.services import (
    case_keys,
    changes,
    delegations,
    institutions,
    patient_keys,
    recent_acts,
    schedule_library,
    scheduled_follow_ups,
    signed_content,
)
from careplans.webhooks import sending
from careplans.webhooks import tidying as tidying_webhooks
from modalities.services import put_into_force_due


class Chore(NamedTuple):
    do: Callable[[], Any]
    batch: int = 0
    """It does so many at a time, and says how many it did: where it did as many, there are more. 0: it does all."""


CHORES: dict[str, tuple[Chore, ...]] = {
    # Links to set a password; whoever asks for one does not wait for the relay.
    "send_account_mails": (Chore(mail_queue.send_account_mails),),
    # Programs that are told of changes; a round holds up nothing else for long.
    "send_webhooks": (Chore(sending.send_webhooks, sending.ROUND),),
    # What programs have taken long ago.
    "tidy_webhooks": (Chore(tidying_webhooks.remove_old_deliveries, tidying_webhooks.BATCH),),
    # Point the reference pages at the revisions whose day has come.
    "put_into_force": (Chore(put_into_force_due),),
    # Editors plan reviews in an app that knows nothing of reminders.
    "remind_of_reviews": (Chore(page_reviews.remind_of_reviews),),
    # What a program from before institutions wrote while a release is rolled out.
    "give_institutions": (
        Chore(institutions.give_institutions),
        Chore(patient_keys.refold),
        Chore(case_keys.key_cases, case_keys.BATCH),
        # Analysts of all boards of an institution: until their last day, and on every board.
        Chore(institution_analysts.follow_institution_analysts, institution_analysts.BATCH),
    ),
    # Ask disciplines again whose delegate may not answer any more.
    "take_back_delegations": (Chore(delegations.take_back_lapsed, delegations.BATCH),),
    # A board's settings change in an app that knows nothing of reminders.
    "retime_boards": (Chore(retime.retime_boards, retime.BATCH),),
    # A schedule of ten years is written out two years ahead, and goes on as time does.
    "extend_schedules": (
        Chore(schedule_library.give_new_boards_the_library),
        Chore(scheduled_follow_ups.extend_schedules, scheduled_follow_ups.BATCH),
    ),
    # So that what changed since a moment is known to a minute.
    "number_changes": (Chore(changes.number_all_changes),),
    # Once a month for each board: the rows say who has been told.
    "tell_nothing_ahead": (Chore(nothing_ahead.tell_nothing_ahead),),
    # Which content flags are open decides which rules are in force.
    "follow_content_flags": (Chore(runs.follow_content_flags),),
    # A share of the plans that were ever in force: each of them within a day.
    "check_signed_content": (Chore(signed_content.check_signed_content),),
    # Files whose time is over, and mails that say that one is ready.
    "tidy_exports": (
        Chore(tidying.remove_old_exports, tidying.BATCH),
        Chore(tidying.send_export_mails),
    ),
    # What the database notes with each change of a message, for /metrics/.
    "fold_message_counts": (Chore(metrics.fold_message_counts),),
    # Sessions that are over, counts that limit nothing any more, and what was sent or typed long ago.
    "forget_what_ended": (
        Chore(limits.forget_old_limits),
        Chore(SessionStore.clear_expired),
        Chore(recent_acts.forget_old_acts),
        Chore(sent.forget_old_sent),
        Chore(typed.forget_old_typed),
    ),
}
