"""Follow-ups with all that is served of them: people, and which one each was replaced by."""

from collections.abc import Sequence

from careplans.models import FollowUp
from careplans.readers.served.steps import Found, by_key, hang, keys_of, link_people, people
from careplans.readers.served.together import Table, read_together

PEOPLE = ("assignee", "created_by")


def load_follow_ups(follow_ups: Sequence[FollowUp]) -> None:
    """Give follow-ups from `for_api()` what is served with them. One query."""
    if not follow_ups:
        return
    later = FollowUp.objects.filter(replaces__in=[row.pk for row in follow_ups])
    found = read_together({"people": people(keys_of(follow_ups, PEOPLE)), "later": Table(later, ("id", "replaces_id"))})
    link_follow_ups(follow_ups, found)


def link_follow_ups(follow_ups: Sequence[FollowUp], found: Found) -> None:
    """Hang what was found on the follow-ups: people, and under `later` those that replace some."""
    link_people(follow_ups, PEOPLE, by_key(found["people"]))
    replaced = {row.replaces_id: row for row in found["later"]}
    for row in follow_ups:
        hang(row, replaced_by=replaced.get(row.pk))
