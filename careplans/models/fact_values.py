"""Value sets of the proforma (domain note C.1). `not_recorded` is never read as no."""

from django.db.models import TextChoices


class YesNo(TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_RECORDED = "not_recorded", "Not recorded"


class YesNoNotApplicable(TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class PrimarySite(TextChoices):
    OESOPHAGUS = "oesophagus", "Oesophagus"
    STOMACH = "stomach", "Stomach"
    DUODENUM = "duodenum", "Duodenum"
    JEJUNUM = "jejunum", "Jejunum"
    ILEUM = "ileum", "Ileum"
    JEJUNUM_ILEUM = "jejunum_ileum", "Jejunum or ileum, not said which"
    APPENDIX = "appendix", "Appendix"
    COLON = "colon", "Colon"
    RECTUM = "rectum", "Rectum"
    PANCREAS = "pancreas", "Pancreas"
    LUNG = "lung", "Lung"
    THYMUS = "thymus", "Thymus"
    ADRENAL_MEDULLA = "adrenal_medulla", "Adrenal medulla"
    PARAGANGLIA = "paraganglia", "Paraganglia"
    UNKNOWN_PRIMARY = "unknown_primary", "Unknown primary"
    OTHER = "other", "Other"
    NOT_RECORDED = "not_recorded", "Not recorded"


class FunctionalStatus(TextChoices):
    FUNCTIONAL = "functional", "Functional"
    NON_FUNCTIONAL = "non_functional", "Non-functional"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Syndrome(TextChoices):
    CARCINOID = "carcinoid_syndrome", "Carcinoid syndrome"
    INSULINOMA = "insulinoma", "Insulinoma"
    GASTRINOMA = "gastrinoma_zes", "Gastrinoma (Zollinger-Ellison)"
    VIPOMA = "vipoma", "VIPoma"
    GLUCAGONOMA = "glucagonoma", "Glucagonoma"
    SOMATOSTATINOMA = "somatostatinoma", "Somatostatinoma"
    ACTH = "acth_cushing", "ACTH (Cushing)"
    CATECHOLAMINE = "catecholamine", "Catecholamine excess"
    OTHER = "other", "Other"
    NONE = "none", "None"
    NOT_RECORDED = "not_recorded", "Not recorded"


class SymptomControl(TextChoices):
    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Grade(TextChoices):
    G1 = "G1", "NET G1"
    G2 = "G2", "NET G2"
    G3 = "G3", "NET G3 (well differentiated)"
    NEC = "NEC", "NEC"
    MINEN = "MiNEN", "MiNEN"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class GradeEdition(TextChoices):
    WHO_2010 = "who_2010", "WHO 2010"
    WHO_2017 = "who_2017", "WHO 2017"
    WHO_2019 = "who_2019", "WHO 2019"
    WHO_2022 = "who_2022", "WHO 2022"
    NOT_RECORDED = "not_recorded", "Not recorded"


class CellType(TextChoices):
    SMALL = "small", "Small cell"
    LARGE = "large", "Large cell"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Differentiation(TextChoices):
    WELL = "well", "Well"
    POOR = "poor", "Poor"
    MIXED = "mixed", "Mixed"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Present(TextChoices):
    PRESENT = "present", "Present"
    ABSENT = "absent", "Absent"
    NOT_RECORDED = "not_recorded", "Not recorded"


class StagingSystem(TextChoices):
    AJCC_8 = "ajcc_8", "AJCC 8"
    AJCC_9 = "ajcc_9", "AJCC version 9"
    UICC_8 = "uicc_8", "UICC 8"
    ENETS = "enets", "ENETS"
    NOT_RECORDED = "not_recorded", "Not recorded"


class StageBasis(TextChoices):
    CLINICAL = "clinical", "Clinical"
    PATHOLOGICAL = "pathological", "Pathological"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Extent(TextChoices):
    LOCALIZED = "localized", "Localized"
    REGIONAL = "regional", "Regional"
    METASTATIC = "metastatic", "Metastatic"
    NOT_RECORDED = "not_recorded", "Not recorded"


class OtherSite(TextChoices):
    """Metastatic sites apart from the liver, which has a field of its own because rules read it."""

    NODES = "nodes", "Distant nodes"
    BONE = "bone", "Bone"
    PERITONEUM = "peritoneum", "Peritoneum"
    LUNG = "lung", "Lung"
    OVARY = "ovary", "Ovary"
    BRAIN = "brain", "Brain"
    OTHER = "other", "Other"


class LiverInvolvement(TextChoices):
    UNDER_10 = "under_10", "Under 10 %"
    FROM_10_TO_25 = "10_25", "10 to 25 %"
    FROM_25_TO_50 = "25_50", "Over 25 to 50 %"
    FROM_50_TO_75 = "50_75", "Over 50 to 75 %"
    OVER_75 = "over_75", "Over 75 %"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class TumourVolume(TextChoices):
    LOW = "low", "Low"
    MODERATE = "moderate", "Moderate"
    HIGH = "high", "High"
    NOT_RECORDED = "not_recorded", "Not recorded"


class VisceralCrisis(TextChoices):
    NONE = "none", "None"
    IMPENDING = "impending", "Impending"
    PRESENT = "present", "Present"
    NOT_RECORDED = "not_recorded", "Not recorded"


class SstrExpression(TextChoices):
    HIGH = "high", "High"
    MODERATE = "moderate", "Moderate"
    LOW = "low", "Low"
    NONE = "none", "None"
    NOT_RECORDED = "not_recorded", "Not recorded"


class FdgResult(TextChoices):
    POSITIVE = "positive", "Positive"
    NEGATIVE = "negative", "Negative"
    MIXED = "mixed", "Mixed"
    NOT_DONE = "not_done", "Not done so far"
    NOT_RECORDED = "not_recorded", "Not recorded"


class HeartDisease(TextChoices):
    NONE = "none", "None"
    SUSPECTED = "suspected", "Suspected"
    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Function(TextChoices):
    NORMAL = "normal", "Normal"
    IMPAIRED = "impaired", "Impaired"
    SEVERELY_IMPAIRED = "severely_impaired", "Severely impaired"
    NOT_RECORDED = "not_recorded", "Not recorded"


class Frailty(TextChoices):
    FIT = "fit", "Fit"
    PRE_FRAIL = "pre_frail", "Pre-frail"
    FRAIL = "frail", "Frail"
    NOT_RECORDED = "not_recorded", "Not recorded"


class GeneTest(TextChoices):
    POSITIVE = "positive", "Positive"
    NEGATIVE = "negative", "Negative"
    PENDING = "pending", "Pending"
    NOT_TESTED = "not_tested", "Not tested"
    NOT_RECORDED = "not_recorded", "Not recorded"


class TrialConsideration(TextChoices):
    ELIGIBLE_OFFERED = "eligible_offered", "Eligible, offered"
    ELIGIBLE_DECLINED = "eligible_declined", "Eligible, declined by the patient"
    NOT_ELIGIBLE = "not_eligible", "Not eligible"
    NONE_AVAILABLE = "none_available", "None available"
    NOT_RECORDED = "not_recorded", "Not recorded"


class GastricType(TextChoices):
    TYPE_1 = "type_1", "Type 1 (atrophic gastritis)"
    TYPE_2 = "type_2", "Type 2 (gastrinoma, MEN1)"
    TYPE_3 = "type_3", "Type 3 (sporadic)"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class LiverLobes(TextChoices):
    RIGHT = "right", "Right only"
    LEFT = "left", "Left only"
    BOTH = "both", "Both"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class PortalVein(TextChoices):
    OPEN = "open", "Open"
    BRANCH = "branch_occluded", "Branch occluded"
    TRUNK = "trunk_occluded", "Main trunk occluded"
    NOT_RECORDED = "not_recorded", "Not recorded"


class BiliaryAccess(TextChoices):
    """Bacteria in the bile ducts are what those who embolize and ablate ask about."""

    NONE = "none", "None"
    STENT = "stent", "Stent"
    ANASTOMOSIS = "anastomosis", "Anastomosis"
    BOTH = "both", "Both"
    NOT_RECORDED = "not_recorded", "Not recorded"


class RecistChange(TextChoices):
    COMPLETE = "complete", "Complete response"
    PARTIAL = "partial", "Partial response"
    STABLE = "stable", "Stable"
    PROGRESSION = "progression", "Progression"
    NOT_EVALUABLE = "not_evaluable", "Not evaluable"
    NOT_RECORDED = "not_recorded", "Not recorded"


class MibgAvidity(TextChoices):
    AVID = "avid", "Avid"
    PARTLY = "partly", "Partly avid"
    NOT_AVID = "not_avid", "Not avid"
    NOT_DONE = "not_done", "Not done so far"
    NOT_RECORDED = "not_recorded", "Not recorded"


class SpecimenSite(TextChoices):
    PRIMARY = "primary", "Primary"
    LIVER = "liver", "Liver metastasis"
    NODE = "node", "Lymph node"
    PERITONEUM = "peritoneum", "Peritoneum"
    BONE = "bone", "Bone"
    LUNG = "lung", "Lung metastasis"
    OTHER = "other", "Other"
    NOT_RECORDED = "not_recorded", "Not recorded"


class SpecimenKind(TextChoices):
    BIOPSY = "biopsy", "Biopsy"
    RESECTION = "resection", "Resection"
    CYTOLOGY = "cytology", "Cytology"
    NOT_RECORDED = "not_recorded", "Not recorded"
