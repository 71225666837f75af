"""Cases that a board has taken on: new patients, and whether their cases came to a decision of the board."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import SITE, by_months
from careplans.reports.scorecard.days import FIRST_DECISIONS, NOT_TAKEN_ON, WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

# Gastrointestinal sites as the domain note has them (B.3), and the pancreas.
GEP = "('oesophagus', 'stomach', 'duodenum', 'jejunum', 'ileum', 'jejunum_ileum', 'appendix', 'colon', 'rectum', 'pancreas')"
# The four weeks of the Australian pathway, within which a case need not have come to the board yet.
DUE = 28

# Whose case it is, is told as known by; how it stood, as it stood on that day.
_CASES = (
    """
    SELECT c.id, c.board_id, c.id AS case_id, CAST(NULL AS integer) AS plan_id, {day:c.created_at|b.time_zone} AS day,
        c.patient_id, c.place, NULLIF(f.primary_site, 'not_recorded') AS site,
        CASE WHEN d.at IS NULL THEN 0 ELSE 1 END AS decided,
        CASE WHEN f.grade IN ('NEC', 'MiNEN') OR f.differentiation = 'poor' THEN 1 ELSE 0 END AS is_carcinoma
    FROM (
        SELECT n.id, n.board_id, n.patient_id, n.created_at,
            ROW_NUMBER() OVER (PARTITION BY n.board_id, n.patient_id ORDER BY n.created_at, n.id) AS place
        FROM {case} n JOIN {then_case} t ON t.id = n.id
        WHERE t.created_at <= %(moment)s AND t.status NOT IN """
    + NOT_TAKEN_ON
    + """
    ) c
    JOIN {board} b ON b.id = c.board_id
    LEFT JOIN {proforma} f ON f.case_id = c.id
    LEFT JOIN ("""
    + FIRST_DECISIONS
    + ") d ON d.case_id = c.id"
)
UNIT = by_months("SELECT v.*, {days:v.day|%(day)s} AS days_since FROM (" + _CASES + ") v")

CASES_TAKEN_ON = Report(
    name="cases-taken-on",
    title="Cases taken on",
    question="How many new patients did a board take on, and did their cases come to a decision of the board?",
    says=(
        "A case counts on the day on which it was opened, once the board has taken it on: those that are only referred, or were "
        "returned, declined or withdrawn, are left out.",
        "A patient is new on a board with the first of their cases there. After a merge, both records are one patient.",
        "A decision of the board is the first discussion that was recorded, or the first released plan that was "
        "sent to sign-off.",
    ),
    period="the day on which the case was opened",
    unit=UNIT,
    dimensions=(*WHEN, SITE),
    measures=(
        Measure("cases", "Cases", "Cases that were taken on."),
        Measure(
            "patients",
            "New patients",
            "Patients whose first case on the board it is.",
            where="u.place = 1",
            of="u.patient_id",
        ),
        Measure(
            "gep_patients",
            "New patients with a GEP-NET",
            "Of these those with a primary in the gut or the pancreas, and no neuroendocrine carcinoma.",
            where=f"u.place = 1 AND u.site IN {GEP} AND u.is_carcinoma = 0",
            of="u.patient_id",
        ),
        Measure(
            "gep_carcinomas",
            "Neuroendocrine carcinoma",
            "New patients with a primary there, of grade NEC or MiNEN, or poorly differentiated.",
            where=f"u.place = 1 AND u.site IN {GEP} AND u.is_carcinoma = 1",
            of="u.patient_id",
        ),
        Measure(
            "reviewed",
            "Came to the board",
            f"Cases that came to a decision, of those that were opened {DUE} days ago or earlier.",
            Kind.SHARE,
            where="u.decided = 1",
            among=f"u.days_since >= {DUE}",
        ),
        Measure(
            "not_due", f"Opened less than {DUE} days ago", "Decided on already or not.", where=f"u.days_since < {DUE}"
        ),
        Measure(
            "no_site",
            "Primary site not recorded",
            "New patients of whom nobody can say whether it is a GEP-NET.",
            where="u.place = 1 AND u.site IS NULL",
            of="u.patient_id",
        ),
    ),
    by=("board",),
    noun="cases",
    shown=("decided", "days_since"),
)

ENETS = (
    "ENETS Centers of Excellence ask for at least 80 new patients with a GEP-NET a year (as Semmelweis University "
    "tells of its application, 2020). The catalogue of ENETS itself could not be read."
)
INDICATORS = (
    Indicator(
        name="new-patients",
        group=Group.REACHING,
        title="New patients",
        says="Patients who came into the care of the board for the first time.",
        numerator="Patients whose first case on the board was opened in the period.",
        denominator="",
        exclusions="Cases that are only referred, or were returned, declined or withdrawn. A patient with two boards counts "
        "once over both.",
        source=f"{HOUSE} After the patients a year that ENETS asks of its centres.",
        report=CASES_TAKEN_ON,
        measure_name="patients",
    ),
    Indicator(
        name="new-gep-patients",
        group=Group.REACHING,
        title="New patients with a GEP-NET",
        says="Of the new patients those whose primary lies in the gut or the pancreas. Over a year, ENETS asks for at least 80.",
        numerator="New patients with a primary in the gut or the pancreas; a grade that is not recorded counts as a NET.",
        denominator="",
        exclusions="A primary that is unknown, not recorded or elsewhere; a neuroendocrine carcinoma (NEC, MiNEN, or poorly "
        "differentiated), which is no NET and is told by itself.",
        source=ENETS,
        report=CASES_TAKEN_ON,
        measure_name="gep_patients",
        better=Better.HIGHER,
        left_out=("no_site", "gep_carcinomas"),
    ),
    Indicator(
        name="tumour-board-review",
        group=Group.REACHING,
        title="Reviewed by the board",
        says="Whether a case that was taken on came to a decision of the board at all.",
        numerator="Cases that were recorded as discussed, or have a released plan.",
        denominator=f"Cases opened in the period, {DUE} days ago or earlier.",
        exclusions=f"Cases opened less than {DUE} days ago, decided on already or not: were those that are decided on counted "
        "alone, the share would be too good.",
        source="CommNETs quality performance indicators (Woodhouse et al., J Clin Med 2019; 8: 1455): tumour board "
        "review. The abstract was "
        f"read; the {DUE} days are those of the Australian optimal care pathway for NET.",
        report=CASES_TAKEN_ON,
        measure_name="reviewed",
        better=Better.HIGHER,
        left_out=("not_due",),
    ),
)
