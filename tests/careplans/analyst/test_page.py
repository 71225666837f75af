"""docs/analyst.md as it stands: each of its calls is made over HTTP by the demo board's chair, each of the nine answers is
compared with what the rows come to otherwise, stays what it is whatever is written afterwards, and leads to its cases.
"""

import csv
import io
import json
from datetime import datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from accounts.models import Board, User
from careplans.demo.people import demo_board_name
from careplans.models import Case, Change, FollowUp, Plan, Step
from careplans.models.step_values import Reason
from careplans.services.cases import change_case
from careplans.services.followups import change_follow_up
from careplans.services.proforma import save_proforma
from common.centre_day import centre_today
from tests.careplans.analyst import by_hand
from tests.careplans.analyst.page import calls, days_ago
from tests.careplans.exports.makers import NOT_FOR_ANALYSTS

# The board was told by the demo and its rows are committed: a server of its own serves them (conftest.py).
pytestmark = pytest.mark.usefixtures("world")
OF_REPORTS = [call for call in calls() if call.path.startswith("/api/v1/reports/") and "/rows/" not in call.path]


def asked(world, question, ending=""):
    """The answers to the calls under one question of the page, by their addresses."""
    found = [call for call in calls() if call.question == question and call.method == "GET"]
    return {call.path: json.loads(world.get(path_of(call)).body) for call in found if ending in call.path}


def path_of(call):
    return call.path.replace("{case}", str(a_course().pk))


def a_course():
    """A case whose plan is in force and has steps that began."""
    plan = Plan.objects.filter(status="active", steps__started_on__isnull=False).order_by("pk").first()
    return plan.case


def rows(answer, *names):
    return {tuple(row[name] for name in names): row for row in answer["results"]}


@pytest.fixture
def board():
    return Board.objects.get(name=demo_board_name())


@pytest.fixture
def today():
    return centre_today()


def test_every_call_of_the_page_is_answered_and_not_empty(world):
    told = calls()
    assert sorted({call.question for call in told}) == list(range(10)), "a question without a call"
    for call in told:
        if call.path.endswith("/tokens/"):
            continue
        answer = world.send(call.method, path_of(call), call.body)
        assert answer.status in (200, 201), (call, answer.body[:300])
        assert (
            answer.body.count(b"\n") > 1 if "text/csv" in answer.type else json.loads(answer.body).get("results", True)
        )


def test_the_token_of_its_first_call_opens_the_others(world):
    [call] = [call for call in calls() if call.path.endswith("/tokens/")]
    body = json.loads(call.body) | world.signs_in
    answer = world.send("POST", call.path, json.dumps(body), token="")
    token = json.loads(answer.body)["token"]
    assert world.send("GET", "/api/v1/tokens/current/", token=token).status == 200


def test_1_plans_released(world, board, today):
    [answer] = asked(world, 1).values()
    since = days_ago("2026-01-01")
    told = {key: tuple(row[name] for name in ("plans", "first_plans", "cases", "steps"))
            for key, row in rows(answer, "board", "phase", "modality").items()}  # fmt: skip
    assert told == by_hand.releases(board, today, since)
    assert len(told) > 10


def test_2_planned_against_delivered(world, board, today):
    answers = asked(world, 2)
    [steps] = [answer for path, answer in answers.items() if "/concordance/" in path]
    [given] = [answer for path, answer in answers.items() if "/concordance-cycles/" in path]
    figures, reasons = by_hand.concordance(board, today)
    told = {}
    for row in steps["results"]:
        one = told.setdefault(row["modality"], dict.fromkeys(("steps", "ended", "not_done", "set_aside", "unknown"), 0))
        row["ended"] = sum(row[name] for name in ("as_planned", "otherwise", "not_assessed", "stopped"))
        for name in one:
            one[name] += row[name]
    assert told == figures
    assert sum(one["unknown"] for one in told.values()) > 0
    for (modality, reason), row in rows(steps, "modality", "reason").items():
        if reason in Reason.values and not row["on_hold"]:
            assert row["steps"] == reasons[modality, reason], (modality, reason)
    assert set(reasons) <= set(rows(steps, "modality", "reason"))
    cycles = {
        row["modality"]: {"cycles": row["cycles"], "given": row["as_planned"] + row["otherwise"]}
        for row in given["results"]
    }
    assert cycles == by_hand.cycles(board, today)


def test_3_days_to_the_first_step(world, board, today):
    [answer] = asked(world, 3).values()
    [row] = answer["results"]
    days = by_hand.waiting(board, today)
    assert (row["plans"], row["ended_before"]) == (len(days["plans"]), len(days["ended_before"]))
    assert row["begun"]["among"] == row["plans"] - row["ended_before"]
    assert (row["begun"]["count"], row["begun_before"]) == (len(days["begun"]), len(days["begun_before"]))
    for name in ("from_referral", "from_decision", "from_signoff", "still_waiting"):
        told = row[name]
        assert (told["count"], told["least"], told["median"], told["most"]) == by_hand.span(days[name]), name
        assert told["count"] and told["least"] >= 0, name


def test_4_overdue_now_and_on_a_past_day(world, board, today):
    now, then = asked(world, 4).values()
    day = days_ago("2026-11-01")
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=board.zone)
    for answer, found in ((now, by_hand.overdue(board, today)), (then, by_hand.overdue(board, day, end))):
        told = {row["owner"]: (row["overdue"], row["escalated"], row["late"]["most"]) for row in answer["results"]}
        assert told == {
            owner: (len(late), sum(one >= board.escalate_days for one in late), max(late))
            for owner, late in found.items()
        }
        assert told
    assert now["results"] != then["results"]


def test_5_answers_to_rules(world, board, today):
    [answer] = asked(world, 5).values()
    told = {key: row["fired"] for key, row in rows(answer, "rule", "answer").items()}
    assert told == by_hand.answers(board, today)
    assert {None} < {answer for _, answer in told}


def test_6_time_to_sign(world, board, today):
    [answer] = asked(world, 6).values()
    requests, hours = by_hand.signing(board, today)
    assert {row["discipline"]: row["asked"] for row in answer["results"]} == requests
    for row in answer["results"]:
        told = row["hours"]
        found = by_hand.span(hours[row["discipline"]])
        assert (told["count"], told["least"], told["median"], told["most"]) == found


def test_7_all_cases_with_a_dictionary_of_each_column(world, board):
    table, words = [world.get(call.path) for call in calls() if call.question == 7 and call.method == "GET"]
    cases = list(csv.DictReader(io.StringIO(table.body.decode("utf-8-sig"))))
    stored = {str(case.pk): case for case in Case.objects.filter(board=board).select_related("proforma")}
    assert set(stored) == {row["id"] for row in cases}
    for row in cases:
        case = stored[row["id"]]
        assert (row["status"], row["proforma.grade"]) == (case.status, case.proforma.grade)
    explained = {entry["field"] for entry in json.loads(words.body)["results"] if entry["noun"] == "cases"}
    assert {name.split(".")[0] for name in cases[0]} <= {name.split(".")[0].removesuffix("[]") for name in explained}


def test_8_what_has_changed_of_every_kind(world, board):
    [call] = [call for call in calls() if call.question == 8]
    told, path = set(), call.path
    while path:
        answer = json.loads(world.send("GET", path, token=world.analyst).body)
        told |= {(row["noun"], row["id"]) for row in answer["results"]}
        path = f"/api/v1/changes/?cursor={answer['cursor']}&page_size=200" if answer["more"] else ""
    nouns = set(Change.Noun.values) - NOT_FOR_ANALYSTS
    stored = Change.objects.filter(board_id=board.pk, noun__in=nouns)
    assert told == set(stored.values_list("noun", "row_id"))
    assert {"fact-changes", "steps", "occurrences", "follow-ups", "advisories", "signatures"} <= {
        noun for noun, _ in told
    }


def test_9_a_course_as_it_is_and_as_it_was_known(world):
    now, then = asked(world, 9).values()
    case = a_course()
    assert (now["case"]["id"], now["case"]["status"]) == (case.pk, case.status)
    of_plans = {plan["id"]: {step["id"]: step["status"] for step in plan["steps"]} for plan in now["plans"]}
    assert of_plans == {
        plan.pk: dict(Step.objects.filter(plan=plan, removed_at=None).values_list("pk", "status"))
        for plan in Plan.objects.filter(case=case)
    }
    assert {row["id"] for row in now["follow_ups"]} == set(case.follow_ups.values_list("pk", flat=True))
    day = days_ago("2026-11-01")
    assert then["as_of"][:10] <= (day + timedelta(days=1)).isoformat()
    assert {row["id"] for row in then["events"]} == set(
        case.events.filter(at__date__lte=day).values_list("pk", flat=True)
    )
    assert {row["id"] for row in then["events"]} < {row["id"] for row in now["events"]}


@pytest.mark.parametrize("call", OF_REPORTS, ids=[call.path.removeprefix("/api/v1/reports/") for call in OF_REPORTS])
def test_each_figure_leads_to_as_many_rows(world, call):
    """Every count of every row of the answer, and those among which a share is counted."""
    path, _, query = call.path.partition("?")
    answer, listed = json.loads(world.get(call.path).body), json.loads(world.get("/api/v1/reports/").body)
    [report] = [one for one in listed["results"] if f"/{one['name']}/" in path]
    fixed = {name: value for name, value in parse_qsl(query) if name != "by"}
    at = {"as_of": answer["as_of"], "known_by": answer["known_by"]}
    # What is counted there is of the noun of its rows: not cases, and no plan under each of its steps.
    counted_once = ("cases", "plans", "first_plans")
    measures = [one["name"] for one in report["measures"] if one["kind"] != "span" and one["name"] not in counted_once]
    for row in answer["results"]:
        values = {name: "none" if row[name] is None else row[name] for name in answer["by"]}
        for measure in measures:
            figure = row[measure]["among"] if isinstance(row[measure], dict) else row[measure]
            told = urlencode(fixed | at | values | {"measure": measure})
            found = json.loads(world.get(f"{path}rows/?{told}").body)
            assert len(found["results"]) == min(figure, 100), (values, measure)
            assert all(one["case"] for one in found["results"])


def test_the_same_call_gives_the_same_bytes_whatever_is_written_afterwards(world, board):
    """Asked back with the moments that the answers hold."""
    paths = []
    for call in (*OF_REPORTS, *(call for call in calls() if call.question == 9)):
        path = path_of(call)
        answer = json.loads(world.get(path).body)
        given = dict(parse_qsl(path.partition("?")[2]))
        at = {name: answer[name] for name in ("as_of", "known_by", "since", "until") if answer.get(name)}
        paths.append(f"{path.partition('?')[0]}?{urlencode(given | at)}")
    before = [world.get(path).body for path in paths]
    changes = change_much(board)
    assert [world.get(path).body for path in paths] == before
    assert changes > 3
    later = [json.loads(world.get(call.path).body) for call in OF_REPORTS if call.question == 4]
    assert later[0]["results"] != json.loads(before[paths.index(next(p for p in paths if "/overdue/" in p))])["results"]


def change_much(board):
    """What is overdue is put off, a title and facts are changed; how many rows that were."""
    chair, count = User.objects.get(email="chair@consilium.example"), 0
    late = FollowUp.objects.filter(board=board, status="planned", due_until__lt=board.today)
    for row in late.select_related("case__patient", "board")[:3]:
        day = board.today + timedelta(days=30)
        change_follow_up(row, by=chair, expected_version=row.version, due_on=day, reason="Asked to come later")
        count += 1
    case = a_course()
    change_case(case, by=chair, expected_version=case.version, title="Another title")
    save_proforma(case, {"ecog": 2, "grade": "G1"}, by=chair)
    return count + 2
