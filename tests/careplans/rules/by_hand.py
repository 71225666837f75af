"""The 35 rules once more, written by hand as plain Python from the table in the domain note (B.3 to B.5).

It shares nothing with the engine but the input, so that a slip in rules.json or in the engine shows as a difference.
"""

TUMOUR_GOALS = {"cure", "debulking", "tumour_control", "local_control", "size_reduction"}
GI = {"oesophagus", "stomach", "duodenum", "jejunum_ileum", "appendix", "colon", "rectum"}
KNOWN = {"SURG", "CHEMO", "OSA", "RFA", "MIBG", "PRRT", "TAE", "TACE", "SIRT", "TRIAL"}


def expected(draft, flag_open=True):
    """Every (rule, step id or None) that must fire."""
    facts = {k: v for k, v in draft["facts"].items() if v not in (None, "not_recorded")}
    steps = [s for s in draft["steps"] if s.get("status", "planned") not in ("not_done", "cancelled")]
    if not steps:
        return set()
    known = derive(facts)
    # A plan does not have what is stopped or held, though a rule about one step still speaks of it (B.1, last bullet).
    has = [s for s in steps if s.get("status", "planned") not in ("stopped", "on_hold")]
    fired = {(rule, None) for rule, holds in plan_rules(facts, has, known).items() if holds}
    for step in steps:
        fired |= {(rule, step["id"]) for rule, holds in step_rules(facts, step, known, flag_open).items() if holds}
    return fired


def derive(facts):
    get = facts.get
    advanced = get("extent") == "metastatic" or (get("extent") == "regional" and get("surgery_option") == "no")
    if get("tumour_volume") == "high" and get("visceral_crisis") in ("impending", "present"):
        bulk = "yes"
    else:
        bulk = "no" if get("visceral_crisis") == "none" else "unknown"
    return {
        "advanced": advanced,
        "bulk": bulk,
        "uncontrolled": get("functional_status") == "functional"
        and get("hormone_symptoms_controlled") in ("no", "partly", None),
        "gi": get("primary_site") in GI,
        "ground": get("other_options_exhausted") == "yes"
        or (get("primary_site") == "pancreas" and advanced)
        or get("surgery_option") == "no"
        or get("differentiation") == "poor",
    }


def missing(facts):
    factors = ["grade", "primary_site", "extent", "tumour_volume", "functional_status"]
    no_size = "largest_primary_mm" not in facts and "largest_liver_lesion_mm" not in facts
    no_control = facts.get("functional_status") == "functional" and "hormone_symptoms_controlled" not in facts
    return no_size or no_control or any(factor not in facts for factor in factors)


def plan_rules(facts, steps, known):
    get, bulk = facts.get, known["bulk"]

    def have(test):
        return [step for step in steps if test(step)]

    def orders(found):
        return [step["order"] for step in found]

    symptom = have(lambda s: "symptom_control" in s["goals"])
    debulking = have(lambda s: "debulking" in s["goals"])
    tumour = have(lambda s: TUMOUR_GOALS & set(s["goals"]))
    tumour_only = have(lambda s: TUMOUR_GOALS & set(s["goals"]) and "symptom_control" not in s["goals"])
    not_debulking = have(lambda s: TUMOUR_GOALS & set(s["goals"]) and "debulking" not in s["goals"])
    first = have(lambda s: s in tumour and s["order"] == min(orders(tumour)))
    surgery = have(lambda s: s["modality"] == "SURG")
    modalities = {s["modality"] for s in steps}
    on_liver = have(lambda s: s["modality"] in ("TAE", "TACE", "SIRT"))
    on_liver += have(lambda s: s["modality"] == "RFA" and s.get("target") == "liver")
    metastatic = get("extent") == "metastatic"
    return {
        "DATA-01": missing(facts),
        "DATA-02": known["advanced"] and bulk == "unknown",
        "SEQ-01": known["uncontrolled"] and bulk != "yes" and symptom and tumour_only
        and min(orders(tumour_only)) <= min(orders(symptom)),
        "SEQ-02": known["uncontrolled"] and not symptom,
        "SEQ-03": known["advanced"] and bulk == "no" and not tumour,
        "SEQ-04": bulk == "yes" and not debulking,
        "SEQ-05": bulk == "yes" and debulking and not_debulking
        and min(orders(not_debulking)) < min(orders(debulking)),
        "SEQ-06": known["uncontrolled"] and bulk == "yes",
        "SEQ-07": known["advanced"] and bulk == "no" and any("debulking" in s["goals"] for s in first),
        "SUR-01": get("extent") == "localized" and get("surgery_option") != "no"
        and not any("cure" in s["goals"] for s in surgery),
        "SUR-04": metastatic and get("surgery_option") == "yes" and not surgery,
        "SUR-05": metastatic and any(TUMOUR_GOALS & set(s["goals"]) for s in surgery)
        and not modalities & (KNOWN - {"SURG"}),
        "CHE-04": get("differentiation") == "poor" and (get("surgery_option") == "no" or metastatic)
        and "CHEMO" not in modalities,
        "LIV-01": get("liver_metastases") == "yes" and get("liver_surgery_option") == "no" and not on_liver,
        "TRI-01": "trial_consideration" not in facts and "TRIAL" not in modalities,
    }  # fmt: skip


def step_rules(facts, step, known, flag_open):
    get, modality, goals = facts.get, step["modality"], set(step["goals"])
    liver = modality in ("TAE", "TACE", "SIRT") or step.get("target") == "liver"
    operable = get("liver_surgery_option") if liver else get("surgery_option")
    if "target_mm" in step:
        size = step["target_mm"]
    else:
        size = get({"liver": "largest_liver_lesion_mm", "primary": "largest_primary_mm"}.get(step.get("target")))
    extent, expression = get("extent"), get("sstr_expression")
    neither = get("surgery_option") == "yes" and extent in ("localized", "regional")
    embolization = modality in ("TAE", "TACE")
    return {
        "SUR-02": extent == "localized" and modality != "SURG" and "cure" in goals,
        "SUR-03": extent == "metastatic" and modality == "SURG" and "cure" in goals,
        "CHE-01": modality == "CHEMO" and known["gi"] and not known["ground"],
        "CHE-02": modality == "CHEMO" and known["gi"] and known["ground"],
        "CHE-03": modality == "CHEMO" and not known["gi"] and not known["ground"],
        "OSA-01": modality == "OSA" and goals & {"cure", "debulking", "local_control"},
        "RFA-01": modality == "RFA" and operable == "yes",
        "RFA-02": modality == "RFA" and size is not None and size > 50,
        "RFA-03": modality == "RFA" and size is None,
        "OPER-01": (modality in ("RFA", "TAE", "TACE", "SIRT") and operable is None)
        or (modality in ("MIBG", "PRRT") and get("surgery_option") is None and extent != "metastatic"),
        "MIB-01": modality == "MIBG" and neither,
        "MIB-02": modality == "MIBG" and not goals & {"palliation", "symptom_control"},
        "PRR-01": modality == "PRRT" and neither,
        "PRR-02": modality == "PRRT" and expression in ("low", "none"),
        "PRR-03": modality == "PRRT" and expression in ("moderate", None),
        "AVL-01": modality == "PRRT" and flag_open,
        "EMB-01": embolization and get("liver_surgery_option") == "yes",
        "EMB-02": modality in ("TAE", "TACE", "SIRT") and get("liver_metastases") == "no",
        "EMB-03": embolization and not goals & {"size_reduction", "hormone_reduction"},
        "SIR-01": modality == "SIRT" and get("liver_surgery_option") == "yes",
    }
