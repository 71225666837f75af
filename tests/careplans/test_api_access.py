"""Every endpoint x everybody: who gets in, who is refused (403), for whom the row does not exist (404).

An endpoint without an entry fails the test. Without If-Match a write gets no further than 428, so one row serves all.
"""

import pytest
from django.urls import get_resolver, reverse
from rest_framework.test import APIClient

from careplans.models import Advisory, FollowUp, NothingAhead, StepBreak
from careplans.services.cases import add_prior_treatment
from careplans.services.proforma import save_proforma
from careplans.services.record_moves import ask_merge
from careplans.services.specimens import add_specimen
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.importing.sent import adt, bring, pid
from tests.factories import join, make_cast, make_user

pytestmark = pytest.mark.django_db

READERS = frozenset({"ana", "chloe", "omar", "nina", "anselm"})
CLINICAL = READERS - {"anselm"}
TEAM = frozenset({"ana", "chloe", "omar"})
LEADS = frozenset({"ana", "chloe"})
SIGNERS = frozenset({"chloe", "omar"})
CHAIR = frozenset({"chloe"})
PRIVATE = ("Ashdown", "SYN-1", "Ileal", "Northgate")
OUTSIDE = frozenset({"otto", "former", "admin", "edda"})

LISTS = {
    "boards": READERS,
    "patients": CLINICAL,
    "cases": READERS,
    "plans": READERS,
    "steps": READERS,
    "follow_ups": READERS,
    "specimens": READERS,
    "prior_treatments": READERS,
    "occurrences": READERS,
    "arms": READERS,
    "advisories": READERS,
    "record_moves": CLINICAL,
    "imports": CLINICAL,
    "signatures": READERS,
    "events": READERS,
    "fact_changes": READERS,
    "step_breaks": READERS,
    "nothing_ahead": READERS,
}
ROWS = {
    "boards_one": ("board", READERS), "patients_one": ("patient", CLINICAL), "cases_one": ("case", READERS),
    "cases_moves": ("case", READERS), "cases_course": ("case", READERS),
    "proforma": ("case", READERS), "plans_one": ("plan", READERS),
    "steps_one": ("step", READERS), "steps_condition": ("step", READERS),
    "follow_ups_one": ("followup", READERS), "specimens_one": ("specimen", READERS),
    "prior_treatments_one": ("therapy", READERS), "patient_changes": ("patient", CLINICAL),
    "occurrences_one": ("occurrence", READERS), "arms_one": ("arm", READERS),
    "record_moves_one": ("record_move", CLINICAL), "imports_one": ("upload", CLINICAL),
    "signatures_one": ("signature", READERS),
    "events_one": ("event", READERS), "fact_changes_one": ("fact_change", READERS),
    "step_breaks_one": ("held", READERS), "nothing_ahead_one": ("nothing", READERS),
    "advisories_one": ("advisory", READERS), "plans_advisories": ("plan", READERS),
}  # fmt: skip
CHANGES = {
    "cases_one": ("case", TEAM), "proforma": ("case", TEAM), "plans_one": ("plan", TEAM), "steps_one": ("step", TEAM),
    "specimens_one": ("specimen", TEAM), "arms_one": ("arm", TEAM), "patients_one": ("patient", TEAM),
    "prior_treatments_one": ("therapy", TEAM),
}  # fmt: skip
VERBS = {
    "cases": ("case", {"open": TEAM, "move": LEADS, "close": LEADS, "reopen": LEADS, "nothing_ahead": TEAM,
        "move_to_patient": TEAM}),
    "patients": ("patient", {
        "record_death": TEAM, "correct_death": TEAM, "transfer": LEADS, "take_back_transfer": LEADS,
        "let_go": TEAM,
        "add_name": TEAM,
        "remove_name": TEAM,
        "merge": TEAM,
    }),
    "record_moves": ("record_move", {"confirm": LEADS, "decline": LEADS, "withdraw": TEAM, "undo": LEADS}),
    "proforma": ("case", {"answer_contradiction": TEAM}),
    "plans": ("plan", {
        "draft": TEAM, "reorder": TEAM, "schedules": TEAM, "submit": TEAM, "recall": TEAM, "discard": TEAM,
        "sign": SIGNERS, "dissent": SIGNERS,
        "send_back": SIGNERS, "release": CHAIR, "amend": TEAM, "hold": LEADS, "resume": LEADS, "complete": LEADS,
        "revoke": LEADS, "mark_in_error": LEADS, "add_outcome": LEADS, "correct_outcome": LEADS,
    }),
    "steps": ("step", {
        "add": TEAM, "remove": TEAM, "start": TEAM, "complete": TEAM, "stop": TEAM, "skip": TEAM, "hold": TEAM,
        "resume": TEAM, "replan": TEAM, "hand_over": TEAM, "add_monitoring": TEAM, "remove_monitoring": TEAM,
        "choose": TEAM, "correct": TEAM, "add_outcome": TEAM, "correct_outcome": TEAM,
    }),
    "decisions": ("plan", {"add": TEAM}),
    "arms": ("arm", {"add": TEAM, "move": TEAM, "remove": TEAM}),
    "prior_treatments": ("therapy", {"add": TEAM, "withdraw": TEAM}),
    "specimens": ("specimen", {"add": TEAM, "decide": TEAM, "withdraw": TEAM}),
    "occurrences": (
        "occurrence",
        {"give": TEAM, "give_otherwise": TEAM, "postpone": TEAM, "omit": TEAM, "correct_as_given": TEAM,
         "correct_as_otherwise": TEAM, "correct_as_omitted": TEAM, "take_back": TEAM},
    ),
    "follow_ups": (
        "followup",
        {"add": TEAM, "change": TEAM, "complete": TEAM, "missed": TEAM, "cancel": TEAM, "correct": TEAM, "not_done": TEAM},
    ),
}  # fmt: skip
UNDER = {
    "cases_open": "patient",
    "patients_merge": "patient",
    "cases_move_to_patient": "case",
    "plans_draft": "case",
    "steps_add": "plan",
    "follow_ups_add": "case",
    "specimens_add": "case",
    "prior_treatments_add": "case",
    "decisions_add": "plan",
    "arms_add": "step",
}
POSTS = {f"{noun}_{name}": (UNDER.get(f"{noun}_{name}", about), allowed)
         for noun, (about, names) in VERBS.items() for name, allowed in names.items()}  # fmt: skip
# Open to everybody who signs in; tested with their nouns.
OTHERS = {
    "tokens", "tokens_current", "tokens_one", "schema", "docs", "nowhere", "advise", "patients_search", "patients_look_up",
    "modalities",
    "modalities_one", "revisions", "revisions_one", "plan_templates", "plan_templates_one", "changes", "overrides",
    "reports", "reports_one", "reports_rows", "report_pack", "scorecard",
    "exports", "exports_one", "exports_file", "dictionary",
    "rules",
    "imports", "imports_preview",
}  # fmt: skip


def test_every_endpoint_has_an_entry():
    root = next(r for r in get_resolver().url_patterns if getattr(r, "namespace", None) == "api")
    assert {p.name for p in root.url_patterns} == set(LISTS) | set(ROWS) | set(CHANGES) | set(POSTS) | OTHERS


@pytest.fixture(scope="module")
def made(module_db):
    """Everybody with a token, and everything: made once, since making it takes longer than asking."""
    with module_db():
        cast = make_cast()
        return make_clients(cast), make_things(cast)


@pytest.fixture
def people(made, db):
    return made[0]


@pytest.fixture
def things(made, db):
    return dict(made[1])


def make_clients(cast):
    former = make_user("fay@northgate.example", "Fay Former")
    membership = join(former, cast.board, "member", "surgery")
    type(membership).objects.filter(pk=membership.pk).update(ended_at="2026-01-01T00:00Z")
    everybody = {name: getattr(cast, name) for name in READERS | OUTSIDE - {"former"}} | {"former": former}
    return {name: Api(type(user).objects.get(pk=user.pk)) for name, user in everybody.items()}


def make_record_move(board, *, by):
    old, new = (makers.make_patient(board, by=by, record_number=number) for number in ("SYN-15", "SYN-16"))
    return ask_merge(old, by=by, into=new.pk, reason="The same number on both letters.")


def make_things(cast):
    case = makers.make_case(cast.board, by=cast.ana)
    template = makers.make_template(cast.board)
    plan = makers.make_active_plan(case, by=cast.ana, chair=cast.chloe, schedule=template)
    branched = makers.make_branched_plan(
        makers.make_case(cast.board, by=cast.ana, record_number="SYN-14"), by=cast.ana, chair=cast.chloe
    )
    course = makers.make_course(cast.board, by=cast.ana, chair=cast.chloe, record_number="SYN-13")
    signed = makers.make_plan(makers.make_case(cast.board, by=cast.ana, record_number="SYN-17"), by=cast.ana)
    save_proforma(case, {"grade": "G1"}, by=cast.ana)
    ward = {"board": cast.board, "case": case}
    today = makers.TODAY()
    return {
        "signature": signed.signatures.create(board=cast.board, discipline="surgery", content_version=1).pk,
        "event": case.events.first().pk, "fact_change": case.fact_changes.first().pk,
        "held": StepBreak.objects.create(step=plan.steps.get(), held_from=today, reason="medical_reason", **ward).pk,
        "nothing": NothingAhead.objects.create(reason="At home.", look_again_on=today, recorded_by=cast.ana, **ward).pk,
        "board": cast.board.pk, "patient": case.patient_id, "case": case.pk, "plan": plan.pk, "step": plan.steps.get().pk,
        "specimen": add_specimen(case, by=cast.ana, decides=False, taken_from="liver").pk,
        "therapy": add_prior_treatment(case, by=cast.ana, modality_code="OSA", response="stable").pk,
        "record_move": make_record_move(cast.board, by=cast.omar).pk,
        "upload": bring(cast.board, cast.ana, adt(pid(record="SYN-7"))).done.pk,
        "followup": FollowUp.objects.first().pk, "occurrence": course.occurrences.first().pk,
        "arm": branched.decision.arms.first().pk, "advisory": Advisory.objects.filter(plan=plan).first().pk,
    }  # fmt: skip


def check(people, allowed, ask, reached):
    """`ask` a client for the endpoint, as everybody: those who may must get as far as one of the statuses `reached`."""
    for who, api in people.items():
        response = ask(api.client)
        expected = reached if who in allowed else ((404,) if who in OUTSIDE else (403,))
        assert response.status_code in expected, f"{who}: {response.status_code} {response.content[:200]}"
        if who not in allowed:
            assert not [word for word in PRIVATE if word in response.content.decode()]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_list(name, people, things):
    """Otto has a board of his own, so his lists open, and show nothing of this one."""
    for who, api in people.items():
        response = api.client.get(reverse(f"api:{name}"))
        assert response.status_code == (200 if who in LISTS[name] | {"otto"} else 403), who
        if who not in LISTS[name]:
            assert not [word for word in PRIVATE if word in response.content.decode()]


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row(name, people, things):
    about, allowed = ROWS[name]
    check(people, allowed, lambda c: c.get(reverse(f"api:{name}", args=[things[about]])), (200,))


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change(name, people, things):
    about, allowed = CHANGES[name]
    check(people, allowed, lambda c: c.patch(reverse(f"api:{name}", args=[things[about]]), {}, format="json"), (428,))


@pytest.mark.parametrize("name", sorted(POSTS))
def test_a_verb(name, people, things):
    about, allowed = POSTS[name]
    reached = (400,) if name in UNDER and name not in ("steps_add", "decisions_add", "arms_add") else (428,)
    check(people, allowed, lambda c: c.post(reverse(f"api:{name}", args=[things[about]]), {}, format="json"), reached)


@pytest.mark.parametrize("name", sorted({**ROWS, **POSTS}))
def test_nobody_gets_in_without_a_token(name, things):
    about, _ = {**ROWS, **POSTS}[name]
    for ask in (APIClient().get, APIClient().post):
        assert ask(reverse(f"api:{name}", args=[things[about]])).status_code == 401
