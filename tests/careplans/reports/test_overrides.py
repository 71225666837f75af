"""The override report: counted by rule and coded reason, without anything that tells of a patient."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Membership
from careplans.models import Advisory
from careplans.reports.overrides import COUNTS
from common.cells import plain
from tests.careplans import makers
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db

NOTE = "Mrs Ashdown prefers to wait."


@pytest.fixture
def plan(pages, board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    Advisory.objects.all().update(state="obsolete", ended_at=timezone.now(), fired_at=datetime(2020, 1, 1, tzinfo=UTC))
    return plan


@pytest.fixture
def fire(plan, omar):
    """A kept row as the service leaves it; many at once, which one plan could not have."""

    def made(rule, answer="", *, times=1, days=1, where=None, **fields):
        for number in range(times):
            gone = number > 0 or fields.pop("gone", False)
            Advisory.objects.create(
                **({"board": plan.board, "case": plan.case, "plan": plan} | (where or {})), rule=rule, rule_set="seed-1",
                severity="info", basis="direct",
                advice="x", content_version=1, fired_at=timezone.now() - timedelta(days=days), answer=answer,
                state="obsolete" if gone else ("open" if not answer else "followed" if answer == "followed" else "kept"),
                ended_at=timezone.now() if gone else None, answered_by=omar if answer else None,
                answered_at=timezone.now() if answer else None,
                **{"note": NOTE if answer else "", "citation": "ENETS 2023" if answer == "newer_guidance" else "", **fields},
            )  # fmt: skip

    return made


@pytest.fixture
def editor(client, edda):
    client.force_login(edda)
    return client


def rows(client, **asked):
    response = client.get(reverse("careplans:overrides"), asked)
    return {row.rule: row for row in response.context["rows"]}


def page(client, **asked):
    return client.get(reverse("careplans:overrides"), asked).content.decode()


def test_rules_stand_in_the_order_in_which_boards_keep_them_open(editor, fire):
    fire("RFA-02", "followed", times=5)
    fire("TRI-01", "patient_choice", times=1)
    fire("SEQ-01", "clinical_judgement", times=3)
    fire("SEQ-01", "not_available", gone=True)
    found = rows(editor)
    assert list(found) == ["SEQ-01", "TRI-01", "RFA-02"]
    assert (found["SEQ-01"].fired, found["SEQ-01"].kept) == (4, 4)
    assert found["SEQ-01"].reasons["clinical_judgement"] == 3
    assert (found["RFA-02"].followed, found["RFA-02"].kept) == (5, 0)


def test_what_nobody_answered_is_told_apart_from_what_stopped_first(editor, fire):
    fire("TRI-01", times=3)
    assert (rows(editor)["TRI-01"].unanswered, rows(editor)["TRI-01"].gone) == (1, 2)


def test_an_editor_reads_citations_and_never_notes(editor, fire):
    fire("RFA-02", "newer_guidance", times=2)
    text = page(editor)
    assert "ENETS 2023" in text
    assert "(2 times)" in text
    for secret in (NOTE, "Ashdown", "SYN-1", "Omar"):
        assert secret not in text


def test_without_a_choice_it_covers_twelve_months(editor, fire):
    fire("TRI-01", days=30)
    fire("SEQ-02", days=400)
    assert list(rows(editor)) == ["TRI-01"]
    assert set(rows(editor, since="2020-02-01")) == {"TRI-01", "SEQ-02"}


def test_a_board_a_rule_and_a_page_narrow_it(editor, fire, plan, other_board):
    fire("TRI-01", "patient_choice")
    fire("RFA-02", "patient_choice")
    assert rows(editor, board=other_board.pk) == {}
    assert set(rows(editor, board=plan.board_id)) == {"TRI-01", "RFA-02"}
    assert set(rows(editor, rule="RFA-02")) == {"RFA-02"}
    assert set(rows(editor, page="radiofrequency-ablation")) == {"RFA-02"}
    assert [each.slug for each in rows(editor)["RFA-02"].pages] == ["radiofrequency-ablation"]


def test_an_answer_that_an_amendment_carries_counts_once(editor, fire):
    fire("TRI-01", "patient_choice", gone=True)
    fire("TRI-01", "patient_choice", carried_from=Advisory.objects.get(rule="TRI-01", answer="patient_choice"))
    assert rows(editor)["TRI-01"].kept == 1


def test_a_period_that_ends_before_it_begins_says_what_to_do(editor):
    response = editor.get(reverse("careplans:overrides"), {"since": "2026-02-01", "until": "2026-01-01"})
    assert (response.status_code, "Choose an earlier day" in response.content.decode()) == (400, True)


@pytest.mark.parametrize(("name", "day"), [("until", "9999-12-31"), ("until", "0001-01-01"), ("since", "0001-01-01")])
def test_a_day_at_the_end_of_the_calendar_says_what_to_do(editor, name, day):
    response = editor.get(reverse("careplans:overrides"), {name: day})
    assert (response.status_code, "cannot be meant" in response.content.decode()) == (400, True)


def test_the_file_holds_the_same_rows_and_starts_no_formula(editor, fire):
    fire("RFA-02", "newer_guidance", citation='=HYPERLINK("http://x")')
    fire("TRI-01", "followed")
    response = editor.get(reverse("careplans:overrides_csv"))
    heads, *found = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert [row[0] for row in found] == list(rows(editor))
    assert found[0][heads.index("Newer guidance named")] == '\'=HYPERLINK("http://x") (1)'
    assert found[1][heads.index("Followed")] == "1"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_plain(text):
    assert plain(text) == f"'{text}"
    assert plain(f"a{text}") == f"a{text}"


def test_who_asked_for_what_is_on_record(editor, edda):
    page(editor, rule="RFA-02")
    event = AuditEvent.objects.get(action="rules.overrides_read")
    assert (event.actor, event.data) == (edda, {"rule": "RFA-02"})


def test_it_costs_the_same_for_two_rules_and_twelve(editor, fire, django_assert_max_num_queries):
    counts = []
    for names in (["AAA-01", "AAA-02"], [f"BBB-{number:02}" for number in range(10)]):
        for name in names:
            fire(name, "newer_guidance", times=2)
        page(editor)
        with django_assert_max_num_queries(24) as queries:
            page(editor)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Chairs and analysts, of their own boards


@pytest.fixture
def elsewhere(fire, other_board, otto):
    """The same rule on a board of others."""
    case = makers.make_case(other_board, by=otto, record_number="SYN-2")
    where = {"board": other_board, "case": case, "plan": makers.make_plan(case, by=otto)}
    fire("SEQ-01", "newer_guidance", where=where, citation="Theirs")


@pytest.mark.parametrize(("who", "kept"), [("chloe", {"SEQ-01": 2}), ("anselm", {})])
def test_chairs_and_analysts_read_it_of_their_own_boards(
    client, request, who, kept, fire, elsewhere, board, other_board
):
    """Two advisories of one patient are too few for an analyst."""
    fire("SEQ-01", "clinical_judgement", times=2)
    client.force_login(request.getfixturevalue(who))
    assert {rule: row.kept for rule, row in rows(client).items()} == kept
    assert "Southbank" not in page(client)
    assert "Theirs" not in page(client)
    assert client.get(reverse("careplans:overrides"), {"board": other_board.pk}).status_code == 400
    assert "Theirs" not in client.get(reverse("careplans:overrides_csv")).content.decode("utf-8")


@pytest.mark.parametrize(("who", "allowed"), [("chloe", True), ("anselm", False)])
def test_what_boards_wrote_is_for_who_reads_free_text(client, request, who, allowed, fire):
    fire("SEQ-01", "newer_guidance", citation="As Dr Smith wrote")
    user = request.getfixturevalue(who)
    client.force_login(user)
    assert ("Dr Smith" in page(client)) is allowed
    assert ("Dr Smith" in client.get(reverse("careplans:overrides_csv")).content.decode()) is allowed
    told = Api(user).get("/overrides/")
    assert ("Dr Smith" in told.content.decode()) is allowed
    assert [row["reasons"]["newer_guidance"] for row in told.json()["results"]] == ([1] if allowed else [])


@pytest.fixture
def many(fire, board, ana):
    """Of twelve patients: one rule that all plans follow, one that is kept open on ten of them, and one kept on two."""
    for number in range(12):
        case = makers.make_case(board, by=ana, record_number=f"SYN-M{number}")
        where = {"board": board, "case": case, "plan": makers.make_plan(case, by=ana)}
        Advisory.objects.filter(plan=where["plan"]).update(
            state="obsolete", ended_at=timezone.now(), fired_at=datetime(2020, 1, 1, tzinfo=UTC)
        )
        fire("SEQ-01", "followed", where=where)
        if number < 10:
            fire("SEQ-02", "patient_choice", where=where)
        if number < 2:
            fire("TRI-01", "newer_guidance", where=where, citation="Rare")


def test_from_outside_of_the_board_no_small_number_is_shown_and_the_two_reports_say_the_same(
    many, client, anselm, chloe, board
):
    client.force_login(anselm)
    told = Api(anselm).get("/overrides/").json()
    numbers = {row["rule"]: [row[name] for name in ("fired", "followed", "kept")] for row in told["results"]}
    assert (
        told["smallest"] == 5 and told["rows_left_out"] and "TRI-01" not in numbers and "Rare" not in json.dumps(told)
    )
    assert any(12 in row or 10 in row for row in numbers.values())
    assert not [number for row in numbers.values() for number in row if number and number < 5]
    assert {rule: [row.fired, row.followed, row.kept] for rule, row in rows(client).items()} == numbers
    answers = Api(anselm).get("/reports/answers/", by="rule").json()["results"]
    same = {row["rule"]: row["fired"] for row in answers if row["fired"] is not None}
    assert {rule: row[0] for rule, row in numbers.items() if row[0] is not None} == same
    assert "fewer than 5" in page(client) and "TRI-01</a>" not in page(client)
    client.force_login(chloe)
    assert {rule: row.fired for rule, row in rows(client).items()} == {"SEQ-01": 12, "SEQ-02": 10, "TRI-01": 2}
    whole = Api(chloe).get("/overrides/").json()
    assert (whole["smallest"], whole["rows_left_out"]) == (1, False)


def test_it_is_told_as_of_a_past_day_from_the_histories(fire, chloe, omar):
    fire("SEQ-01", "patient_choice")
    before = timezone.now()
    row = Advisory.objects.get(rule="SEQ-01")
    Advisory.objects.filter(pk=row.pk).update(answer="followed", state="followed")
    fire("TRI-01", days=0)
    api = Api(chloe)

    def counts(**asked):
        told = api.get("/overrides/", **asked).json()
        return {row["rule"]: (row["kept"], row["followed"]) for row in told["results"]}, told

    now, _ = counts()
    assert now == {"SEQ-01": (0, 1), "TRI-01": (0, 0)}
    then, told = counts(as_of=before.isoformat())
    assert then == {"SEQ-01": (1, 0)}
    again, _ = counts(**{name: told[name] for name in ("as_of", "known_by", "since", "until")})
    assert again == then
    for wrong in ({"as_of": "x"}, {"as_of": "2199-01-01"}, {"known_by": "0001-01-01"}):
        refused = api.get("/overrides/", **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, *wrong)


@pytest.mark.parametrize("who", ["ana", "omar", "nina", "admin"])
def test_nobody_else_reads_it(client, request, who, fire):
    user = request.getfixturevalue(who)
    client.force_login(user)
    for name in ("overrides", "overrides_csv"):
        assert client.get(reverse(f"careplans:{name}")).status_code == 403
    assert Api(user).get("/overrides/").status_code == 403


def test_a_program_reads_the_rows_of_the_page(client, chloe, fire, board):
    fire("SEQ-01", "clinical_judgement", times=2)
    fire("SEQ-02")
    client.force_login(chloe)
    shown = {rule: (row.fired, row.kept) for rule, row in rows(client).items()}
    told = Api(chloe).get("/overrides/", board=board.pk).json()
    assert {row["rule"]: (row["fired"], row["kept"]) for row in told["results"]} == shown
    assert [row["rule"] for row in Api(chloe).get("/overrides/", rule="SEQ-02").json()["results"]] == ["SEQ-02"]
    assert AuditEvent.objects.filter(action="rules.overrides_read", actor=chloe).count() == 3


def test_an_editor_reads_every_board_over_the_api(edda, fire, elsewhere):
    assert Api(edda).get("/overrides/").json()["results"][0]["citations"] == [{"citation": "Theirs", "times": 1}]


@pytest.mark.parametrize(
    "asked",
    [{"since": "03/01/2026"}, {"since": "2026-03-02", "until": "2026-03-01"}, {"until": "9999-12-31"}, {"x": "1"}],
)
def test_a_program_is_told_what_it_asked_wrongly(anselm, asked):
    assert Api(anselm).get("/overrides/", **asked).status_code == 400


def test_a_program_asks_for_its_own_boards_alone(anselm, other_board):
    assert Api(anselm).get("/overrides/", board=other_board.pk).status_code == 404


@pytest.mark.parametrize("who", ["edda", "anselm", "chloe"])
def test_a_board_that_there_is_not_is_told_to_nobody(request, who, fire):
    person = request.getfixturevalue(who)
    assert Api(person).get("/overrides/", board=99999).status_code == 404


@pytest.mark.parametrize("board_first", [True, False])
def test_the_smallest_number_is_that_of_the_board_that_is_asked_about(
    client, chloe, board, other_board, fire, elsewhere, board_first
):
    """Chloe chairs one board, and is an analyst of the other: of her own she reads every number, and of both none below five."""
    Membership.objects.create(user=chloe, board=other_board, role="analyst")
    fire("RFA-02", "followed", times=2)
    one, other = (board, other_board) if board_first else (other_board, board)
    client.force_login(chloe)
    for asked, smallest in (
        ({}, 5),
        ({"board": one.pk}, 1 if board_first else 5),
        ({"board": other.pk}, 5 if board_first else 1),
    ):
        told = Api(chloe).get("/overrides/", **asked).json()
        assert told["smallest"] == smallest
        said = "nothing is shown that tells of fewer than" in page(client, **asked)
        assert said == (smallest > 1)
        file = client.get(reverse("careplans:overrides_csv"), asked).content.decode()
        assert ("fewer than 5" in file.lower()) == (smallest > 1)
    own = Api(chloe).get("/overrides/", board=board.pk).json()["results"]
    assert [(row["rule"], row["fired"]) for row in own] == [("RFA-02", 2)]


def test_a_program_reads_them_as_a_table_too(chloe, fire):
    """What JSON says, with a column for each reason, and in the head of when it is."""
    fire("SEQ-01", "patient_choice", times=2)
    fire("SEQ-02", "newer_guidance")
    told = Api(chloe).get("/overrides/").json()
    moments = {name: told[name] for name in ("as_of", "known_by", "since", "until")}
    answer = Api(chloe).get("/overrides/", format="csv", **moments)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["rule"], row["fired"], row["reasons.patient_choice"]) for row in table] == [
        ("SEQ-01", "2", "2"), ("SEQ-02", "1", "0"),
    ]  # fmt: skip
    assert json.loads(table[1]["citations"]) == [{"citation": "ENETS 2023", "times": 1}]
    assert answer["Withheld"] == "figures=0, rows=?0, smallest=1"
    assert all(f'{name}="{value}"' in answer["Asked"] for name, value in moments.items())
    lines = Api(chloe).client.get("/api/v1/overrides/", moments, HTTP_ACCEPT="application/x-ndjson").content.decode()
    assert [json.loads(line) for line in lines.splitlines()] == told["results"]
    assert AuditEvent.objects.filter(action="rules.overrides_read", actor=chloe).count() == 3
    refused = Api(chloe).get("/overrides/", format="xml")
    assert refused.status_code == 406 and "csv, ndjson" in str(refused.json())


def test_the_table_says_what_is_not_shown_from_outside_of_the_board(many, anselm):
    told = Api(anselm).get("/overrides/").json()
    hidden = [row for row in told["results"] if None in (row["followed"], row["kept"])]
    answer = Api(anselm).get("/overrides/", format="csv")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["rule"] for row in table] == [row["rule"] for row in told["results"]] and "TRI-01" not in str(table)
    figures = [name for name in table[0] if name in COUNTS or name.startswith("reasons.")]
    count = sum(row[name] == "not shown" for row in table for name in figures)
    assert count > 0 or not hidden
    assert answer["Withheld"] == f"figures={count}, rows=?1, smallest=5"
