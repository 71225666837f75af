from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_reason
from careplans.locks import take_case
from careplans.models import Case, ContradictionAnswer, Proforma
from careplans.readers.facts.contradictions import asked_in
from common.writing import compare_and_set, raise_conflict, transactional


@transactional
def answer_contradiction(
    case: Case, *, by: User, key: str, reason: str, seen: int | None = None, expected_version: int | None = None
) -> ContradictionAnswer:
    """Facts that do not go together were checked, and are so, because … Kept until one of the facts changes.

    `key` names the question with its values, so an answer never goes to other values than those on the screen. `seen` is the
    answer on the screen, 0 where there was none: a colleague's since then is looked at first. The API sends the proforma's
    version instead.
    """
    require(by, "cases.edit", case.board_id)
    take_case(case)
    check_open(case)
    facts = Proforma.objects.select_related("case").get(case=case)
    if expected_version is not None and facts.version != expected_version:
        raise_conflict(facts)
    question = next((one for one in asked_in(case, facts) if one.key == key), None)
    if question is None:
        raise ValidationError("This is not asked any more, because the facts have changed. Look at what is asked now.")
    reason = check_reason(reason, what="leaving the facts as they are")
    newest = ContradictionAnswer.objects.filter(case=case, key=key).select_related("by").first()
    if newest and seen is not None and newest.pk != seen:
        raise ValidationError(
            f"{newest.by.name} answered this meanwhile: “{newest.reason}” Save again to put yours in its place."
        )
    answer = ContradictionAnswer.objects.create(
        board_id=case.board_id, case=case, code=question.code, key=key, question=question.text,
        values=dict(question.values), reason=reason, by=by,
    )  # fmt: skip
    # The proforma serves its answers over the API, so its ETag has to move.
    compare_and_set(facts, expected=facts.version)
    history.record(
        case, "contradiction_answered", by=by, reason=reason, code=question.code, fields=sorted(question.values)
    )
    return answer
