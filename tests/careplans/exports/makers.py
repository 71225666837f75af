"""Exports as a test needs them."""

from accounts.models import Membership
from careplans.exports import files, work
from careplans.exports.asking import ask_export

# About patients as persons.
NOT_FOR_ANALYSTS = {"patients", "record-moves"}


def make_export(by, /, what="steps", form="ndjson", *, work_it=True, mail=False, **filters):
    """Asked for, and, unless a test works by itself, made in the background."""
    asked = {
        name: [str(one) for one in (value if isinstance(value, list) else [value])] for name, value in filters.items()
    }
    export = ask_export(by=by, what=what, form=form, filters=asked, mail=mail)
    while work_it and work.work_exports():
        pass
    export.refresh_from_db()
    return export


def of_role(role):
    """Somebody of the demo board. Who reads in a reporting project alone is told by pseudonyms, and has tests of their own."""
    members = Membership.objects.filter(role=role, ended_at=None, board__name="Demo NET board", user__projects=None)
    return members.first().user


def file_of(export):
    return files.finished(export).read_bytes()
