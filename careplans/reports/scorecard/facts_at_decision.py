"""What was known when a plan was sent to sign-off: work-up and documentation, as frozen with the plan."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import SITE, by_months
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator
from careplans.reports.scorecard.snapshot import (
    HAS_LIVER,
    HORMONES,
    HORMONES_LACK,
    IS_CARCINOMA,
    IS_FUNCTION_KNOWN,
    IS_FUNCTIONAL,
    IS_GRADED,
    IS_LIVER_KNOWN,
    IS_SYNDROME_KNOWN,
    LACKING,
    PATHOLOGY,
    PATHOLOGY_LACKS,
    WORK_UP,
    WORK_UP_LACKS,
    Lacking,
    all_recorded,
    fact,
    flag,
    found_by,
    is_in,
    missing,
    recorded,
)

# No published bound was found for the age of either: a year is the house's own.
OLDEST = 365
_DAY = "{day:p.submitted_at|b.time_zone}"
# Of each column the condition that it says.
_FLAGS = {
    "graded": IS_GRADED,
    "carcinoma": IS_CARCINOMA,
    "functional": IS_FUNCTIONAL,
    "carcinoid": is_in("syndrome", "carcinoid_syndrome"),
    "liver": HAS_LIVER,
    "function_known": IS_FUNCTION_KNOWN,
    "syndrome_known": IS_SYNDROME_KNOWN,
    "liver_known": IS_LIVER_KNOWN,
    "has_site": recorded("primary_site"),
    "has_proliferation": recorded("ki67_percent", "mitoses_per_2mm2"),
    "has_differentiation": recorded("differentiation"),
    "has_extent": recorded("extent"),
    "has_pathology": all_recorded(PATHOLOGY),
    "has_receptors": f"{recorded('sstr_expression', 'krenning_score')} AND {found_by('sstr_on', 'p.day', within=OLDEST)}",
    "has_echo": found_by("echo_on", "p.day", within=OLDEST),
    "has_syndrome": all_recorded(HORMONES),
    "has_liver": recorded("liver_surgery_option"),
}
UNIT = by_months(
    "SELECT p.id, p.board_id, p.case_id, p.id AS plan_id, p.released AS day, "
    + f"{fact('primary_site')} AS site, {missing()} AS missing, "
    + ", ".join(f"{one.sql} AS {one.column}" for one in LACKING)
    + ", "
    + ", ".join(f"{flag(condition)} AS {name}" for name, condition in _FLAGS.items())
    + " FROM (SELECT p.id, p.board_id, p.case_id, p.facts_snapshot, "
    + _DAY
    + " AS day, {day:p.released_at|b.time_zone} AS released"
    + """
        FROM {plan} p JOIN {board} b ON b.id = p.board_id LEFT JOIN {plan} a ON a.id = p.amends_id
        WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error' AND p.facts_snapshot IS NOT NULL
            AND (a.id IS NULL OR a.status = 'entered_in_error')
    ) p"""
)


def _share(name: str, label: str, says: str, where: str, among: str = "1 = 1") -> Measure:
    return Measure(name, label, says, Kind.SHARE, where=where, among=among)


FACTS_AT_DECISION = Report(
    name="facts-at-decision",
    title="What was known at the decision",
    question="Was the work-up complete, and documented, when a plan was decided on?",
    says=(
        "A plan counts on the day of its release, with the facts that it was sent to sign-off with. What was "
        "recorded later changes "
        "nothing.",
        "A plan and its amendments are one decision, and the first of them counts. Plans that were entered in "
        "error are left out.",
        "“Not recorded” is never read as an answer; “unknown primary”, “not applicable” and “none” are answers.",
    ),
    period="the day of the release",
    unit=UNIT,
    dimensions=(*WHEN, SITE),
    measures=(
        Measure("plans", "Plans", "First plans that were released."),
        _share("complete", "Work-up complete", "Nothing that was asked for is missing.", "u.missing = 0"),
        _share("site", "Primary site", "The primary site was recorded.", "u.has_site = 1"),
        _share(
            "proliferation", "Proliferative index", "Ki-67 or mitoses were recorded.", "u.has_proliferation = 1",
            "u.graded = 1",
        ),
        _share("differentiation", "Differentiation", "It was recorded.", "u.has_differentiation = 1", "u.graded = 1"),
        _share("extent", "Distant metastasis", "The extent of the disease was recorded.", "u.has_extent = 1"),
        _share("pathology", "Structured pathology", "Each part of it was recorded.", "u.has_pathology = 1", "u.graded = 1"),
        _share("receptors", "Receptor imaging", "Its result and day were recorded.", "u.has_receptors = 1", "u.carcinoma = 0"),
        _share("echo", "Echocardiogram", "Its day was recorded.", "u.has_echo = 1", "u.carcinoid = 1"),
        _share("hormones", "Syndrome and symptoms", "Both were recorded.", "u.has_syndrome = 1", "u.functional = 1"),
        _share("liver", "Liver surgery considered", "It was answered.", "u.has_liver = 1", "u.liver = 1"),
        Measure("ungraded", "Without a grade", "No grade applies.", where="u.graded = 0"),
        Measure("carcinomas", "Carcinomas", "NEC and MiNEN.", where="u.carcinoma = 1"),
        Measure(
            "not_carcinoid", "No carcinoid syndrome", "Another syndrome or none, or a tumour that is not functional.",
            where="u.carcinoid = 0 AND u.syndrome_known = 1",
        ),
        Measure(
            "syndrome_unknown", "Syndrome not recorded", "Whether it is carcinoid syndrome nobody can say.",
            where="u.carcinoid = 0 AND u.syndrome_known = 0",
        ),
        Measure(
            "not_functional", "Not functional", "Recorded as non-functional.",
            where="u.functional = 0 AND u.function_known = 1",
        ),
        Measure(
            "function_unknown", "Functional status not recorded", "Whether it is functional nobody can say.",
            where="u.function_known = 0",
        ),
        Measure(
            "no_liver", "No liver metastases", "None, or a tumour that has not spread so far.",
            where="u.liver = 0 AND u.liver_known = 1",
        ),
        Measure(
            "liver_unknown", "Liver metastases not recorded", "Whether there are any nobody can say.",
            where="u.liver = 0 AND u.liver_known = 0",
        ),
    ),
    by=("board",),
    noun="plans",
    shown=("missing", *(one.column for one in LACKING)),
)  # fmt: skip

COMMNETS = (
    "CommNETs quality performance indicators (Woodhouse et al., J Clin Med 2019; 8: 1455): {}. The abstract was "
    "read; how they count "
    "it could not be."
)
PLANS = "First plans released in the period"
UNGRADED = "Phaeochromocytoma and paraganglioma, and tumours to which no grade applies."


def _known(
    name: str, title: str, says: str, numerator: str, among: str, exclusions: str, source: str, measure: str,
    *left_out: str, lacks: Lacking | None = None,
) -> Indicator:  # fmt: skip
    return Indicator(
        name, Group.KNOWN, title, says, numerator, among, exclusions, source, FACTS_AT_DECISION, measure, Better.HIGHER,
        left_out=left_out, lacks=lacks,
    )  # fmt: skip


INDICATORS = (
    _known(
        "work-up-complete",
        "Work-up complete at the decision",
        "Whether what the rules read of a tumour, and what the short form of a referral names, was known: "
        + "; ".join(one.words for one in WORK_UP)
        + ". Advanced is metastatic, or regional and not to be operated on.",
        "First plans with all of these recorded when they were sent to sign-off.",
        f"{PLANS}.",
        "Amendments. A part that does not apply is not asked for; neither are earlier treatments, since a list that is empty "
        "does not say whether there were none.",
        f"{HOUSE} After the source document (S05, S07, S08, S10, S11, S15, S20, S25, S28, S31, S35), the facts that rules read, "
        "and the short form of the domain note (C.1). For comparison: one ENETS "
        "centre found its work-up to conform with guidelines in 37 % of patients (Morin et al., Endocr Connect "
        "2022; 11: e220097).",
        "complete",
        lacks=WORK_UP_LACKS,
    ),
    _known(
        "primary-site",
        "Primary site documented",
        "Whether the site of the primary was recorded.",
        "Those with a primary site; an unknown primary that is recorded as such counts.",
        f"{PLANS}.",
        "Amendments.",
        COMMNETS.format("documentation of primary site"),
        "site",
    ),
    _known(
        "proliferative-index",
        "Proliferative index documented",
        "Whether Ki-67 or the mitoses were recorded.",
        "Those with Ki-67, mitoses or both.",
        f"{PLANS}.",
        f"Amendments. {UNGRADED}",
        COMMNETS.format("proliferative index"),
        "proliferation",
        "ungraded",
    ),
    _known(
        "differentiation",
        "Differentiation documented",
        "Whether it was recorded how the tumour is differentiated.",
        "Those with a differentiation.",
        f"{PLANS}.",
        f"Amendments. {UNGRADED}",
        COMMNETS.format("differentiation"),
        "differentiation",
        "ungraded",
    ),
    _known(
        "distant-metastasis",
        "Distant metastasis documented",
        "Whether the extent of the disease was recorded.",
        "Those with an extent: localized, regional or metastatic.",
        f"{PLANS}.",
        "Amendments.",
        COMMNETS.format("presence of distant metastasis"),
        "extent",
    ),
    _known(
        "structured-pathology",
        "Pathology documented in full",
        "Whether pathology was recorded with grade, edition of the classification, differentiation, Ki-67 or "
        "mitoses, and its day.",
        "Those with all five.",
        f"{PLANS}.",
        f"Amendments. {UNGRADED}",
        f"{HOUSE} After the structured pathology report of the CommNETs indicators: the record does not hold in "
        "which form a report came.",
        "pathology",
        "ungraded",
        lacks=PATHOLOGY_LACKS,
    ),
    _known(
        "receptor-imaging",
        "Receptor imaging before the decision",
        "Whether somatostatin-receptor imaging had a result and a day that does not lie after the sending to sign-off, nor "
        f"more than {OLDEST} days before it.",
        "Those with receptor expression or Krenning score, and the day of imaging that is no older.",
        f"{PLANS}.",
        "Amendments. Carcinomas (NEC, MiNEN).",
        f"{HOUSE} No published share was found, and no bound for the age of the imaging: the {OLDEST} days are the house’s own.",
        "receptors",
        "carcinomas",
    ),
    _known(
        "hormonal-work-up",
        "Functional tumours: syndrome and symptoms known",
        "Whether the syndrome, and how far its symptoms are controlled, was recorded. The record holds no results "
        "of markers yet, so "
        "that 5-HIAA and chromogranin A are not counted.",
        "Those with both.",
        "First plans released in the period for a functional tumour.",
        "Amendments. Tumours that are not functional; and, counted by themselves, those of which that is not recorded.",
        f"{HOUSE} After the source document (S07, S08).",
        "hormones",
        "not_functional",
        "function_unknown",
        lacks=HORMONES_LACK,
    ),
    _known(
        "carcinoid-echo",
        "Carcinoid syndrome: echocardiogram done",
        "Whether an echocardiogram was recorded whose day does not lie after the sending to sign-off, nor more than "
        f"{OLDEST} days before it.",
        "Those with the day of an echocardiogram that is no older.",
        "First plans released in the period for carcinoid syndrome.",
        "Amendments. Other syndromes, and none; and, counted by themselves, those of which that is not recorded.",
        f"{HOUSE} After a review that recommends screening by NT-proBNP and regular echocardiography in carcinoid "
        "syndrome (Endocr Connect "
        "2019, EC-19-0413; its abstract was read). How old it may be is not said there that could be read: the "
        f"{OLDEST} days are the house’s own.",
        "echo",
        "not_carcinoid",
        "syndrome_unknown",
    ),
    _known(
        "liver-surgery-considered",
        "Liver metastases: surgery of the liver considered",
        "Whether it was answered if surgery of the liver is possible, before a way of treating the liver was chosen.",
        "Those with an answer: yes, no or not applicable.",
        "First plans released in the period with liver metastases.",
        "Amendments. Tumours without liver metastases; and, counted by themselves, those of which that is not recorded.",
        f"{HOUSE} After the source document (S28, S31).",
        "liver",
        "no_liver",
        "liver_unknown",
    ),
)
