"""Hormone symptoms and what is said of the tumour: sentences for the table of fact_checks.py. Pure."""

from careplans.models import Proforma

OFTEN = (
    "Four stools a day were the entry bar of the telotristat trial (abstract only read); four flushes a day are ours"
)
# As a choice where the proforma has one, and in words.
FLUSHES_A_DAY = STOOLS_A_DAY = 4


def no_syndrome(facts: Proforma) -> str:
    if facts.functional_status != "functional":
        return ""
    if facts.syndrome == "none":
        return "The tumour is “functional”, yet the syndrome is “none”: check."
    return (
        "" if facts.is_recorded("syndrome") else "The tumour is “functional”, yet no syndrome is recorded: which one?"
    )


def _has_syndrome(facts: Proforma) -> bool:
    return facts.syndrome not in ("none", "not_recorded")


def syndrome(facts: Proforma) -> str:
    asked = facts.functional_status == "non_functional" and _has_syndrome(facts)
    return "The tumour is “non-functional”, yet a syndrome is recorded: check." if asked else ""


def status(facts: Proforma) -> str:
    asked = _has_syndrome(facts) and not facts.is_recorded("functional_status")
    return "A syndrome is recorded, yet not whether the tumour is functional: say so." if asked else ""


def _often(facts: Proforma) -> list[str]:
    return [
        f"{name} {facts.display(column)}"
        for column, name, limit in (
            ("flushing_per_day", "flushing", FLUSHES_A_DAY), ("stools_per_day", "stools", STOOLS_A_DAY),
        )
        if (count := facts.figure(column)) is not None and count.is_at_least(limit)
    ]  # fmt: skip


def controlled(facts: Proforma) -> str:
    if facts.hormone_symptoms_controlled != "yes":
        return ""
    told = _often(facts)
    told += ["hypoglycaemia"] if facts.syndrome == "insulinoma" and facts.hypoglycaemia == "yes" else []
    return f"Hormone symptoms are “controlled”, yet recorded are: {', '.join(told)}. Check." if told else ""


def control_of_none(facts: Proforma) -> str:
    """“Not applicable” would silence what is asked of a functional tumour, and any other answer claims one."""
    control = facts.hormone_symptoms_controlled
    if facts.functional_status == "functional" and control == "not_applicable":
        return "The tumour is “functional”, yet the control of its symptoms is “not applicable”: say whether they are controlled."
    if facts.functional_status == "non_functional" and control in ("yes", "partly", "no"):
        told = facts.get_hormone_symptoms_controlled_display().lower()
        return f"The tumour is “non-functional”, yet hormone symptoms controlled is “{told}”: check."
    return ""


def symptoms_of_none(facts: Proforma) -> str:
    told = _often(facts)
    unsaid = facts.functional_status == "non_functional" or facts.hormone_symptoms_controlled == "not_applicable"
    if not told or not unsaid:
        return ""
    words = "The tumour is “non-functional”" if facts.functional_status == "non_functional" else (
        "The control of hormone symptoms is “not applicable”"
    )  # fmt: skip
    return f"{words}, yet recorded are: {', '.join(told)}. Check."


def status_of_symptoms(facts: Proforma) -> str:
    """“Controlled” and “not applicable” have questions of their own, and so has a syndrome."""
    if facts.is_recorded("functional_status") or _has_syndrome(facts):
        return ""
    control = facts.hormone_symptoms_controlled
    told = [f"hormone symptoms controlled “{facts.get_hormone_symptoms_controlled_display().lower()}”"]
    told = told if control in ("no", "partly") else []
    told += _often(facts) if control not in ("yes", "not_applicable") else []
    return f"Recorded are {', '.join(told)}, yet not whether the tumour is functional: say so." if told else ""


def heart(facts: Proforma) -> str:
    if facts.heart_disease not in ("mild", "moderate", "severe"):
        return ""
    told = ["the tumour is “non-functional”"] if facts.functional_status == "non_functional" else []
    other = facts.syndrome not in ("carcinoid_syndrome", "other", "not_recorded")
    told += [f"the syndrome is “{facts.get_syndrome_display().lower()}”"] if other else []
    disease = facts.get_heart_disease_display().lower()
    return f"Carcinoid heart disease is “{disease}”, yet {' and '.join(told)}: check." if told else ""
