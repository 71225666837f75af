"""The record as it stands, value by value, to be held against what is said of it later."""

from careplans.models.past_triggers import PAST
from careplans.readers.known import Known, rows_known


def image(known=None):
    """Every row of every table whose past is kept, with every value that is kept of it, and its type."""
    return {kept.table: _rows(kept, rows_known(kept.model, known or Known())) for kept in PAST}


def _rows(kept, rows):
    names = [field.attname for field in kept.model._meta.concrete_fields if field.column not in kept.without]
    return [{name: repr(getattr(row, name)) for name in names} for row in rows]


def differences(one, other):
    """Told by table and row, so that a failure can be read."""
    found = []
    for table in one:
        pairs = {row["id" if "id" in row else next(iter(row))]: row for row in one[table]}
        others = {row["id" if "id" in row else next(iter(row))]: row for row in other[table]}
        if len(one[table]) != len(other[table]):
            found.append((table, len(one[table]), len(other[table])))
        for key in pairs.keys() & others.keys():
            found += [
                (table, key, name, value, others[key][name])
                for name, value in pairs[key].items()
                if value != others[key][name]
            ]
        found += [(table, key, "on one side alone") for key in pairs.keys() ^ others.keys()]
    return found
