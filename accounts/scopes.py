"""What a token may be limited to: one table of scopes, for tokens of people, systems (OAuth 2) and FHIR alike.

A scope opens nothing by itself. What a caller reaches is what their scopes name *and* their rights give (`accounts.permissions`),
whichever is less, asked anew with each call. A new action or a new noun of the API without a line here fails a test.
"""

from collections.abc import Iterable

SCOPES: dict[str, str] = {
    # scope             what it opens, as people choose it
    "boards:read":     "Boards: their settings, people and follow-up schedules",
    "patients:read":   "Patients: names, numbers, dates of birth, merges",
    "patients:write":  "Change patients: add, correct, record a death, merge",
    "cases:read":      "Cases: proforma, specimens, previous therapies",
    "cases:write":     "Change cases and what belongs to them",
    "plans:read":      "Plans: steps, arms, cycles, signatures, advisories",
    "plans:write":     "Change plans: draft, sign, release, record what was delivered",
    "followups:read":  "Follow-ups",
    "followups:write": "Change follow-ups: add, move, settle",
    "changes:read":    "What has changed, as ids and moments",
    "reports:read":    "Reports in figures; with cases:read and plans:read the rows behind them, too",
    "exports:make":    "Exports of lists that it may read",
    "fhir:read":       "FHIR: the same rows as resources",
    "reference:read":  "Reference pages, plan templates, what the rules say of a plan that is not stored",
}  # fmt: skip

CHOICES = tuple(SCOPES.items())

# Any token may; and none that is limited, whatever its scopes.
ANY, NEVER = "", "-"

# What the actions of `accounts.permissions` need. An action on pages alone is of no limited token.
OF_ACTION: dict[str, str] = {
    "board.view": ANY,
    "board.configure": NEVER,
    "text.view": ANY,
    "patients.view": "patients:read",
    "patients.edit": "patients:write",
    "patients.death": "patients:write",
    "patients.merge": "patients:write",
    "cases.view": "cases:read",
    "cases.edit": "cases:write",
    "cases.manage": "cases:write",
    "plans.view": "plans:read",
    "plans.draft": "plans:write",
    "advisories.answer": "plans:write",
    "guidance.answer": "plans:write",
    "plans.sign": "plans:write",
    "plans.release": "plans:write",
    "plans.manage": "plans:write",
    "steps.deliver": "plans:write",
    "followups.view": "followups:read",
    "followups.edit": "followups:write",
    "work.hand_over": NEVER,
    "reminders.manage": NEVER,
    "webhooks.manage": NEVER,
    "projects.manage": NEVER,
    "overrides.view": "reports:read",
    "reports.view": "reports:read",
    "people.manage": NEVER,
    "operations.manage": NEVER,
    "codes.load": NEVER,
    "trail.read": NEVER,
    "reference.read": "reference:read",
    # A right over the whole site: a token of some boards would report on all of them.
    "reference.edit": NEVER,
    "reference.approve": NEVER,
}

# What each noun of the API needs, to read and to change. A verb needs the scope of its action, too (`careplans.api.reach`).
OF_NOUN: dict[str, tuple[str, str]] = {
    # noun              reading            writing
    "boards":           ("boards:read",    NEVER),
    "patients":         ("patients:read",  "patients:write"),
    "patient-changes":  ("patients:read",  NEVER),
    "imports":          ("patients:read",  "patients:write"),
    "record-moves":     ("patients:read",  "patients:write"),
    "cases":            ("cases:read",     "cases:write"),
    "proforma":         ("cases:read",     "cases:write"),
    "prior-treatments": ("cases:read",     "cases:write"),
    "specimens":        ("cases:read",     "cases:write"),
    "plans":            ("plans:read",     "plans:write"),
    "steps":            ("plans:read",     "plans:write"),
    "arms":             ("plans:read",     "plans:write"),
    "occurrences":      ("plans:read",     "plans:write"),
    "advisories":       ("plans:read",     "plans:write"),
    "signatures":       ("plans:read",     NEVER),
    "step-breaks":      ("plans:read",     NEVER),
    "events":           ("cases:read",     NEVER),
    "fact-changes":     ("cases:read",     NEVER),
    "follow-ups":       ("followups:read", "followups:write"),
    "nothing-ahead":    ("followups:read", NEVER),
    "changes":          ("changes:read",   NEVER),
    "overrides":        ("reports:read",   NEVER),
    "reports":          ("reports:read",   NEVER),
    "report-pack":      ("reports:read",   NEVER),
    "scorecard":        ("reports:read",   NEVER),
    # What a list needs, its export needs besides: it is read through the door of that list.
    "exports":          ("exports:make",   "exports:make"),
    "dictionary":       ("reference:read", NEVER),
    "rules":            ("reference:read", NEVER),
    # Whatever a resource is made of is read through the actions above, too.
    "fhir":             ("fhir:read",      NEVER),
    "fhir-exports":     ("exports:make",   "exports:make"),
    "modalities":       ("reference:read", NEVER),
    "revisions":        ("reference:read", NEVER),
    "plan-templates":   ("reference:read", NEVER),
    "advise":           ("reference:read", NEVER),
    # Its own token any caller may look at and end; the others only one that is not limited (`careplans.api.tokens`).
    "tokens":           (NEVER,            NEVER),
    # An address that there is not tells nothing.
    "nowhere":          (ANY,              ANY),
}  # fmt: skip

# And what single operations show of other nouns, by noun and action.
BESIDES: dict[tuple[str, str], tuple[str, ...]] = {
    ("steps", "condition"): ("cases:read",),  # the facts that it names
    ("cases", "course"): ("plans:read", "followups:read"),
    # Ids of cases and plans with their days, courses and outcomes: what lists of these show. Its export asks for the same.
    ("reports", "rows"): ("cases:read", "plans:read"),
    **{("fhir-exports", name): ("fhir:read",) for name in ("ask", "look", "fetch", "remove")},
}


def whole(scopes: Iterable[str]) -> frozenset[str]:
    """With the reading that a change of the same rows rests on: its answer shows them."""
    named = frozenset(scopes)
    return named | {f"{one.partition(':')[0]}:read" for one in named if one.endswith(":write")}


def unknown(scopes: Iterable[str]) -> list[str]:
    return sorted(set(scopes) - set(SCOPES))
