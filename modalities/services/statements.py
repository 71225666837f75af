from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.centre_day import centre_today
from common.writing import transactional
from modalities.models import Statement, StatementFlag


@transactional
def note_statement(statement: Statement, *, by: User, about: str, state: str, note: str, source: str) -> StatementFlag:
    """A new note of today beside a statement. The newest counts; earlier ones stay as they were."""
    require(by, "reference.edit")
    for name, value, known in (("about", about, StatementFlag.About), ("state", state, StatementFlag.State)):
        if value not in known.values:
            raise ValidationError({name: "Choose one of the list."})
    for name, text in (("note", note), ("source", source)):
        if not text.strip():
            raise ValidationError({name: "A note says what is known and where that stands."})
    flag = StatementFlag.objects.create(
        statement=statement, about=about, state=state, note=note.strip(), source=source.strip(),
        noted_on=centre_today(), noted_by=by,
    )  # fmt: skip
    data = {"about": about, "state": state}
    audit.record("reference.statement_noted", by=by, subject=statement, label=statement.number, data=data)
    return flag
