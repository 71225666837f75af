"""What a run came to: lost, duplicated, late, and the notices in the app; from the relay's journal and plain SQL."""

import re
from collections import Counter
from dataclasses import dataclass

# Accepted later than this after the last fault has ended counts as late: five leases (ten minutes in a hospital), and
# twice what sending all of them takes without any fault.
LATE_SECONDS = 30
KEY = re.compile(r"reminder\.(\d+\.\d+\.email\.\d+)")
SUBJECT = re.compile(r"/follow-ups/(\d+)|#step-(\d+)")


@dataclass
class Count:
    """`lost`: neither accepted by the relay nor shown as failed. `unwanted`: withdrawn or not due, and sent all the
    same. `strange`: a second copy under another Message-ID."""

    reminders: int = 0
    lost: int = 0
    duplicated: int = 0
    strange: int = 0
    unwanted: int = 0
    late: int = 0
    in_app: int = 0
    ambiguous: int = 0
    looked_up: int = 0
    failed: int = 0

    def __add__(self, other):
        return Count(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def due(world):
    """The reminders that are due: (reminder, key of the mail, subject as a notice names it)."""
    rows = world.database.query(
        "SELECT r.id, d.dedupe_key, r.follow_up_id, r.step_id FROM careplans_outboxmessage d JOIN careplans_reminder r"
        " ON r.id = d.reminder_id WHERE d.channel = 'email' AND d.due_at < %s",
        world.tomorrow(),
    )
    return [(pk, key, (str(follow_up or ""), str(step or ""))) for pk, key, follow_up, step in rows]


def count(world, expected, *, faults_ended):
    """`expected` is what `due` said before the faults, without what was withdrawn since.

    What was written after a restore bears the numbers of what was lost by it: only what the relay took since is its mail.
    """
    journal = world.journal()
    later = {key for _, key, _ in world.later}
    copies, numbers = Counter(), {}
    for place, line in enumerate(journal):
        key = KEY.search(line["id"])[1]
        if key in later and place < world.read_until:
            continue
        copies[key] += 1
        numbers.setdefault(key, set()).add(line["id"])
    keys = {key for _, key, _ in expected}
    rows = {
        key: rest
        for key, *rest in world.database.query(
            "SELECT d.dedupe_key, d.status, d.ambiguous, d.looked_up, r.kind FROM careplans_outboxmessage d"
            " JOIN careplans_reminder r ON r.id = d.reminder_id"
        )
    }
    notices = Counter()
    for (path,) in world.database.query("SELECT path FROM accounts_notice WHERE kind <> 'escalation'"):
        notices[tuple(part or "" for part in SUBJECT.search(path).groups())] += 1
    failed = {key for key in keys if rows[key][0] == "failed"}
    # Coordinators are told instead of somebody who has left: nobody seeded an escalation.
    instead = {key for key, row in rows.items() if row[3] == "escalation"}
    return Count(
        reminders=len(expected),
        lost=sum(not copies[key] for key in keys - failed),
        duplicated=sum(copies[key] - 1 for key in keys if copies[key] > 1),
        strange=sum(len(numbers[key]) - 1 for key in keys if copies[key]),
        unwanted=sum(copies[key] for key in copies if key not in keys | instead),
        late=sum(line["at"] > faults_ended + LATE_SECONDS + 2 * world.span for line in journal),
        in_app=sum(notices[subject] == 1 for _, _, subject in expected),
        ambiguous=sum(row[1] for row in rows.values()),
        looked_up=sum(row[2] for row in rows.values()),
        failed=len(failed),
    )
