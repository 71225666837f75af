"""What a patient has been given: the therapies from before the plans, and the steps of the plans that have begun."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, JSONField, OuterRef, PositiveSmallIntegerField, Q, Value
from django.db.models.functions import Cast, Coalesce

from careplans.models import Plan, PriorTreatment, Step
from careplans.models.partial_dates import PartialDateColumn
from common.partial_dates import PartialDate

TUMOUR_GOALS = frozenset({"cure", "tumour_control", "debulking", "local_control", "size_reduction"})
# What comes from before the plans has no goal; only its words can say that it was for the tumour.
_SAYS_TUMOUR = re.compile(
    r"\b(tumou?rs?|p?nets?|nec|carcinoid|metasta\w*|debulk\w*|enucleation|primary resect\w*)\b", re.IGNORECASE
)
_BOWEL = r"hemicolectomy|ileoca?ecal|(small[ -])?bowel resection|ile(al|um) resection"
# Operations on the organ of the primary, by their names.
_OPERATIONS: Mapping[str, str] = {
    "pancreas": r"pancreat\w*ectomy|whipple|pppd",
    "appendix": r"append\w*ectomy|hemicolectomy|ileoca?ecal",
    **dict.fromkeys(("ileum", "jejunum", "jejunum_ileum"), _BOWEL),
    "colon": r"\w*colectomy|(colon|sigmoid) resection",
    "rectum": r"proctectomy|anterior resection|rect\w* resection",
    "stomach": r"gastrectomy|gastric resection",
    "duodenum": r"duodenectomy|pancreat\w*ectomy|whipple|duodenal resection",
    "oesophagus": r"o?esophagectomy",
    "lung": r"lobectomy|bilobectomy|segmentectomy|pneumonectomy|(wedge|sleeve|lung) resection",
    "thymus": r"thymectomy",
    "adrenal_medulla": r"adrenalectomy",
    "paraganglia": r"paraganglioma\w*",
}


@dataclass(frozen=True)
class Given:
    """One treatment, wherever it is recorded. `plan` is 0 for what comes from before the plans."""

    modality: str
    words: str
    day: PartialDate | None
    plan: int
    step: int
    goals: frozenset[str] = frozenset()
    target: str = ""

    def is_for_tumour(self, site: str) -> bool:
        """Whether the record says so. An operation may be that of a gallbladder, and a therapy that of another tumour."""
        if not self.plan:
            operation = _OPERATIONS.get(site) if self.modality == Step.ModalityCode.SURG else None
            on_site = operation is not None and re.search(rf"\b({operation})\b", self.words, re.IGNORECASE)
            return bool(on_site or _SAYS_TUMOUR.search(self.words))
        return self.modality != Step.ModalityCode.SURG or not self.goals.isdisjoint(TUMOUR_GOALS)

    def __str__(self) -> str:
        where = f"step {self.step} of plan {self.plan}" if self.plan else "before the plans"
        return f"{self.words} ({f'{self.day}, ' if self.day else ''}{where})"


def _is_given() -> Q:
    """Of steps: those that have begun, each once: the newest copy of what amendments took over."""
    in_error = Plan.Status.ENTERED_IN_ERROR
    begun = Q(removed_at=None, started_on__isnull=False, is_decision=False) & ~Q(plan__status=in_error)
    return begun & Q(~Exists(Step.objects.filter(begun, carried_from=OuterRef("pk"))))


def given_steps(case_id: int) -> list[Step]:
    """To be listed with their plan, in the order in which they began. Two queries."""
    rows = Step.objects.filter(_is_given(), case=case_id)
    return in_order(rows.select_related("plan", "assignee").prefetch_related("breaks"))


def with_given(case_id: int, in_force: Plan | None) -> list[Step]:
    """The steps of a plan in force and what was given by any plan, as a page of the case shows them."""
    rows = Step.objects.filter(Q(plan=in_force) | _is_given() if in_force else _is_given(), case=case_id)
    return list(rows.for_plan().select_related("plan"))


def given_among(steps: Iterable[Step], in_force: Plan | None) -> list[Step]:
    """Of what `with_given()` found, without asking again."""
    mine = in_force.pk if in_force else None
    return in_order(step for step in steps if step.plan_id != mine or (step.started_on and not step.is_decision))


def in_order(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: (step.started_on or date.max, step.plan_id, step.position))


def given_in(case_id: int) -> list[Given]:
    """Everything, by its day. One query."""
    columns = ("code", "page", "what", "day", "of_plan", "place", "aims", "at")
    none = Value(0, output_field=PositiveSmallIntegerField())
    before = PriorTreatment.objects.filter(case=case_id, removed_at=None).annotate(
        code=F("modality_code"), page=Value(""), what=F("description"), day=Coalesce("started_on", "ended_on"),
        of_plan=none, place=none, aims=Value([], output_field=JSONField()), at=Value(""),
    )  # fmt: skip
    since = Step.objects.filter(_is_given(), case=case_id).annotate(
        code=F("modality_code"), page=F("reference_page_title"), what=F("description"),
        day=Cast(Coalesce("ended_on", "started_on"), PartialDateColumn()), of_plan=F("plan__number"), place=F("position"),
        aims=F("goals"), at=F("target"),
    )  # fmt: skip
    rows = before.order_by().values_list(*columns).union(since.order_by().values_list(*columns), all=True)
    found = [
        Given(code, _words(code, page, what), day, plan, step, frozenset(aims), at)
        for code, page, what, day, plan, step, aims, at in rows
    ]
    return sorted(found, key=lambda one: (one.day is not None, one.day or date.min, one.plan, one.step))


def _words(code: str, page: str, what: str) -> str:
    name = page or str(dict(Step.ModalityCode.choices).get(code, code))
    return f"{name}: {what}" if what else name
