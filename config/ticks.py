"""What beat asks for, and how often. A tick says only that it is time; the rows say what is to be done."""

from typing import Any


def beat_schedule(tick: int) -> dict[str, dict[str, Any]]:
    """`tick`: seconds between two looks at the reminders that are due."""
    return {
        "send-due": _every(tick, "send_due"),
        # New rules go over every open plan: a while of it at each tick, so that reminders in the same worker are not held up.
        "work-rule-runs": _every(tick, "work_rule_runs"),
        # Files that were asked for: a while of one at each tick, and then at once again.
        "work-exports": _every(tick, "work_exports"),
        # Reports of a large record: a while of them, and then at once again.
        "refresh-summaries": _every(60, "refresh_summaries"),
        # The chores (careplans/chores.py).
        "tidy-exports": _every(60, "tidy_exports"),
        "send-account-mails": _every(tick, "send_account_mails"),
        "send-webhooks": _every(tick, "send_webhooks"),
        "tidy-webhooks": _every(3600, "tidy_webhooks"),
        "retime-boards": _every(60, "retime_boards"),
        "give-institutions": _every(60, "give_institutions"),
        "take-back-delegations": _every(60, "take_back_delegations"),
        "follow-content-flags": _every(tick, "follow_content_flags"),
        "number-changes": _every(60, "number_changes"),
        "fold-message-counts": _every(60, "fold_message_counts"),
        "remind-of-reviews": _every(300, "remind_of_reviews"),
        "put-into-force": _every(300, "put_into_force"),
        "check-signed-content": _every(300, "check_signed_content"),
        "forget-what-ended": _every(3600, "forget_what_ended"),
        "extend-schedules": _every(3600, "extend_schedules"),
        "tell-nothing-ahead": _every(3600, "tell_nothing_ahead"),
    }


def _every(seconds: int, task: str) -> dict[str, Any]:
    # A tick that waited for two of them is of no use: the next one does the same work.
    return {"task": f"careplans.tasks.{task}", "schedule": seconds, "options": {"expires": 2 * seconds}}
