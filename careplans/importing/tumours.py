"""A FHIR Condition as a tumour, which becomes a case. Pure."""

from collections.abc import Mapping
from typing import Any

from careplans.importing.codes import ASSERTED, OURS
from careplans.importing.elements import At
from careplans.importing.persons import subject
from careplans.importing.uploads import Tumour, Upload
from careplans.models import fact_values as v

LONGEST_TITLE = 160
WRONG = ("entered-in-error", "refuted")
NOT_YET = ("unconfirmed", "provisional", "differential")
OVER = ("inactive", "remission", "resolved")
UNTAKEN = {
    "severity": "a severity", "abatementDateTime": "the end of a disease", "abatementString": "the end of a disease",
    "evidence": "evidence", "encounter": "an encounter", "onsetAge": "the age at its onset", "onsetString": "its onset in words",
    "modifierExtension": "an extension that changes the meaning", "category": "a category",
}  # fmt: skip


def tumour(upload: Upload, at: At, known: Mapping[str, str]) -> None:
    verified = {code for _, code in at["verificationStatus"].codings}
    clinical = {code for _, code in at["clinicalStatus"].codings}
    if verified & set(WRONG):
        upload.leave_out(at.place, "The sender says that it was entered in error, or refuted.")
        return
    if unsure := verified & set(NOT_YET):
        upload.leave_out(
            at.place,
            f"The sender says that the diagnosis is not confirmed ({', '.join(sorted(unsure))}): no case is opened for it. "
            "Whoever wants the board to discuss it refers the patient on the page.",
        )
        return
    if clinical & set(OVER):
        upload.leave_out(
            at.place, "The sender says that the disease is over, or in remission: no case is opened for it."
        )
        return
    who = subject(at, known)
    codings = list(at["code"]["coding"])
    title = at["code"]["text"].text or next((one["display"].text for one in codings if one["display"]), "")
    if not title:
        at["code"].refuse("Give the tumour a name: “code.text”, or a display of its code.")
    if len(title) > LONGEST_TITLE:
        at["code"].refuse(f"The name of the tumour has {len(title)} characters; at most {LONGEST_TITLE} fit.")
    for one in codings:
        told = " ".join(filter(None, (one["system"].text, one["code"].text)))
        upload.leave_out(one.place, f"The record has no place for the code {told[:120]}: the tumour goes by its name.")
    for name, words in UNTAKEN.items():
        if at[name]:
            upload.leave_out(at[name].place, f"The record has no place for {words}.")
    # Without a system it is a name of the sender's alone.
    named = {f"{one['system'].text}|{one['value'].text}"[:200]: one for one in at["identifier"] if one["value"]}
    names = list(named)
    key = at["id"].text
    question = "\n".join(one["text"].text for one in at["note"] if one["text"])
    upload.tumours.append(
        Tumour(
            at.place,
            at.place,
            [*names, *([f"Condition/{key}"] if key else [])],
            who,
            title,
            question,
            _facts(upload, at),
            {name for name, one in named.items() if one["system"].text},
        )
    )


def _facts(upload: Upload, at: At) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for one in at["extension"]:
        if one["url"].text == ASSERTED:
            facts["diagnosed_on"] = one["valueDateTime"].day
        elif not one["url"].text.startswith(OURS.partition("CodeSystem")[0]):
            upload.leave_out(one.place, f"This extension is not known: {one['url'].text[:100]}.")
    if at["onsetDateTime"]:
        upload.leave_out(
            at["onsetDateTime"].place, "The onset is not the day of the diagnosis, and has no place in the record."
        )
    facts |= _site(upload, at["bodySite"])
    stages = list(at["stage"])
    for one in stages[:1]:
        if group := one["summary"]["text"].text:
            facts["stage_group"] = group
        elif one["summary"]:
            upload.leave_out(one["summary"].place, "The stage is taken in words only: give “summary.text”.")
        basis = code_of(one["type"], "fact-stage-basis")
        if basis:
            facts["stage_basis"] = basis
        elif one["type"]:
            upload.leave_out(
                one["type"].place, "Whether the stage is clinical or pathological is read from our own codes only."
            )
    for one in stages[1:]:
        upload.leave_out(one.place, "One stage is taken, the first.")
    return {name: value for name, value in facts.items() if value is not None}


def _site(upload: Upload, sites: At) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for one in sites:
        code = code_of(one, "fact-primary-site")
        if code and not facts:
            if code not in v.PrimarySite.values:
                one.refuse(f"“{code[:40]}” is no primary site that the proforma knows.")
            facts["primary_site"] = code
            detail = one["text"].text
            if detail and detail != v.PrimarySite(code).label:
                facts["primary_site_detail"] = detail
        else:
            told = one["text"].text or ", ".join(" ".join(pair) for pair in one.codings)
            upload.leave_out(
                one.place,
                f"“{told[:100]}” is not taken over: the primary site is read from our own codes only. Choose it on the proforma.",
            )
    return facts


def code_of(at: At, system: str) -> str:
    """The code of one of our systems in a concept; empty where there is none."""
    return next((code for name, code in at.codings if name == OURS + system), "")
