"""The codes that a step holds. Codes go to the API, labels to people."""

from django.db import models

from accounts.models import Discipline


class Phase(models.TextChoices):
    SYMPTOM_CONTROL = "symptom_control", "Symptom control"
    TUMOUR_CONTROL = "tumour_control", "Tumour control"
    DEBULKING = "debulking", "Debulking"
    ADJUVANT = "adjuvant", "Adjuvant"
    SURVEILLANCE = "surveillance", "Surveillance"


class ModalityCode(models.TextChoices):
    """Domain note B.2. OTHER is named in words, or by a page that the centre added."""

    SURG = "SURG", "Surgery"
    CHEMO = "CHEMO", "Chemotherapy"
    OSA = "OSA", "Other systemic agent"
    RFA = "RFA", "Radiofrequency ablation"
    MIBG = "MIBG", "131I-MIBG"
    PRRT = "PRRT", "PRRT"
    TAE = "TAE", "Arterial embolization (TAE)"
    TACE = "TACE", "Chemoembolization (TACE)"
    SIRT = "SIRT", "SIRT"
    TRIAL = "TRIAL", "Clinical trial"
    OTHER = "OTHER", "Other"


# What `get_modality_code_display()` says, which makes the table anew each time that it is asked.
MODALITY_NAMES: dict[str, str] = {code.value: str(code.label) for code in ModalityCode}


class Goal(models.TextChoices):
    """Domain note B.2."""

    SYMPTOM_CONTROL = "symptom_control", "Symptom control"
    TUMOUR_CONTROL = "tumour_control", "Tumour control"
    DEBULKING = "debulking", "Debulking"
    CURE = "cure", "Cure"
    PALLIATION = "palliation", "Palliation"
    LOCAL_CONTROL = "local_control", "Local control"
    SIZE_REDUCTION = "size_reduction", "Size reduction"
    HORMONE_REDUCTION = "hormone_reduction", "Hormone reduction"
    MONITORING = "monitoring", "Monitoring"


# What the goals of a new step begin with, by its phase: a proposal that is typed over.
GOALS_OF_PHASE: dict[str, list[str]] = {
    Phase.SYMPTOM_CONTROL: [Goal.SYMPTOM_CONTROL.value],
    Phase.TUMOUR_CONTROL: [Goal.TUMOUR_CONTROL.value],
    Phase.DEBULKING: [Goal.DEBULKING.value],
    Phase.ADJUVANT: [Goal.TUMOUR_CONTROL.value],
    Phase.SURVEILLANCE: [Goal.MONITORING.value],
}
# Where that goal alone would bring on an advisory about the modality (OSA-01, MIB-02, EMB-03; of an operation, SUR-01, SUR-03 and
# SUR-05), or answer one that nobody has read (of “other”, SEQ-02, SEQ-03 and SEQ-04): nothing is proposed, and nothing judged,
# until somebody says what the step is for. Adding a goal that silences the advisory would answer it unasked.
NOT_PROPOSED: dict[str, list[str]] = {
    ModalityCode.SURG: list(Phase.values),
    ModalityCode.OSA: [Phase.DEBULKING.value],
    ModalityCode.MIBG: [phase for phase in Phase.values if phase != Phase.SYMPTOM_CONTROL],
    ModalityCode.TAE: list(Phase.values),
    ModalityCode.TACE: list(Phase.values),
    # An echocardiogram stands in the phase of symptom control and controls none.
    ModalityCode.OTHER: [phase for phase in Phase.values if phase != Phase.SURVEILLANCE],
}


def proposed_goals(phase: str, modality_code: str) -> list[str]:
    return [] if phase in NOT_PROPOSED.get(modality_code, ()) else GOALS_OF_PHASE[phase]


# Who usually sees to a step of a modality. Only a proposal, made where one person of the board alone holds one of these.
DISCIPLINES_OF: dict[str, tuple[str, ...]] = {
    ModalityCode.SURG: (Discipline.SURGERY,),
    ModalityCode.CHEMO: (Discipline.MEDICAL_ONCOLOGY,),
    ModalityCode.OSA: (Discipline.MEDICAL_ONCOLOGY, Discipline.ENDOCRINOLOGY),
    ModalityCode.RFA: (Discipline.INTERVENTIONAL_RADIOLOGY,),
    ModalityCode.MIBG: (Discipline.NUCLEAR_MEDICINE,),
    ModalityCode.PRRT: (Discipline.NUCLEAR_MEDICINE,),
    ModalityCode.TAE: (Discipline.INTERVENTIONAL_RADIOLOGY,),
    ModalityCode.TACE: (Discipline.INTERVENTIONAL_RADIOLOGY,),
    ModalityCode.SIRT: (Discipline.INTERVENTIONAL_RADIOLOGY, Discipline.NUCLEAR_MEDICINE),
}


class Target(models.TextChoices):
    PRIMARY = "primary", "Primary"
    LIVER = "liver", "Liver"
    NODES = "nodes", "Nodes"
    BONE = "bone", "Bone"
    PERITONEUM = "peritoneum", "Peritoneum"
    LUNG = "lung", "Lung"
    OVARY = "ovary", "Ovary"
    BRAIN = "brain", "Brain"
    SYSTEMIC = "systemic", "Whole body"
    OTHER = "other", "Other"


class Fulfilment(models.TextChoices):
    FULL = "full", "Full"
    PARTIAL = "partial", "Partial"
    NOT_ASSESSED = "not_assessed", "Not assessed"


class Reason(models.TextChoices):
    """Reasons for not done or stopped (domain note D.4), and at the end what only the program says: what happened, where nobody
    was asked."""

    PATIENT_CHOICE = "patient_choice", "Patient's choice"
    MEDICAL_REASON = "medical_reason", "Medical reason"
    DETERIORATION = "deterioration", "Deterioration"
    DIED = "died", "Died"
    PROGRESSION = "progression", "Progression"
    TOXICITY = "toxicity_or_not_tolerated", "Toxicity or not tolerated"
    NO_RESPONSE = "no_response", "No response"
    NO_LONGER_INDICATED = "no_longer_indicated", "No longer indicated"
    OTHER_TREATMENT = "other_treatment_chosen", "Other treatment chosen"
    BEST_SUPPORTIVE_CARE = "best_supportive_care", "Best supportive care"
    FUNDING_REFUSED = "funding_refused", "Funding refused"
    FUNDING_PENDING = "funding_pending", "Funding pending"
    NOT_AVAILABLE = "not_available", "Not available"
    PREGNANCY = "pregnancy", "Pregnancy"
    TRIAL_ENDED = "trial_ended", "Trial ended"
    MOVED_AWAY = "moved_away", "Moved away"
    LOST = "lost_to_follow_up", "Lost to follow-up"
    SUSTAINED_REMISSION = "sustained_remission", "Sustained remission"
    OTHER = "other", "Other (say which)"
    UNKNOWN = "unknown", "Unknown"
    PLAN_REVOKED = "plan_revoked", "Its plan was revoked"
    LEFT_OUT = "left_out_by_amendment", "Left out by an amendment"
    STEP_COMPLETED = "step_completed", "Its step was completed"
    GOES_ON = "goes_on_in_other_care", "Goes on in other care"


# Nobody gives these: they say what ended a step or a cycle along with something else, and judge nothing.
SAID_BY_PROGRAM = (Reason.PLAN_REVOKED, Reason.LEFT_OUT, Reason.STEP_COMPLETED, Reason.GOES_ON)
# Those that a person can give.
REASONS_GIVEN: list[tuple[str, str]] = [(code.value, str(code.label)) for code in Reason if code not in SAID_BY_PROGRAM]
# A death is recorded of the patient: it ends this and all else.
REASONS_OFFERED = [choice for choice in REASONS_GIVEN if choice[0] != Reason.DIED]

# What stands behind the reason of a death or a transfer that a second person took back (careplans/services/care_ending.py).
TAKEN_BACK = "That was taken back on"


def reason_label(reason: str, note: str) -> str:
    """Where the label stands without its note: “Died, which was taken back”."""
    label = str(Reason(reason).label) if reason else ""
    return f"{label}, which was taken back" if label and TAKEN_BACK in note else label
