"""The words by which cases are found: written with a case, and after a program that knew of none."""

from django.db.models import F

from careplans.models import Case, CaseKey
from common.folding import title_keys
from common.writing import take, transactional

BATCH = 500


def write_case_keys(case: Case) -> None:
    """Inside the caller's transaction, which holds the case."""
    rows = CaseKey.objects.filter(case=case)
    wanted, standing = title_keys(case.title), set(rows.values_list("key", flat=True))
    if gone := standing - wanted:
        rows.filter(key__in=gone).delete()
    CaseKey.objects.bulk_create(CaseKey(case=case, key=key) for key in sorted(wanted - standing))
    Case.objects.filter(pk=case.pk).update(keyed_title=F("title"))
    case.keyed_title = case.title


def key_cases() -> int:
    """Of those that have waited: a batch at a time; the rest next time."""
    waiting = list(Case.objects.title_not_keyed().order_by("pk")[:BATCH])
    for case in waiting:
        mend_case_keys(case)
    return len(waiting)


@transactional
def mend_case_keys(case: Case) -> None:
    take(case)
    write_case_keys(case)
