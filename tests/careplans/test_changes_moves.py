"""Whatever a verb changes in an answer of the API is told: by the row's `updated_at` and `updated_since`, its ETag, the feed.

No list says which fields are meant. Everything that the API serves of a case is read before and after each verb, and each row of
which a person would now read something else has to be told of. So what is served tomorrow is asked about, too.
"""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Board, RequiredDiscipline, User
from careplans.models import Change, FollowUpSchedule, Occurrence, Patient, PatientBoard, Step, change_triggers
from careplans.services.breaks import begin_break
from careplans.services.cases import change_case, open_case
from careplans.services.monitoring import add_monitoring
from careplans.services.occurrence_progress import postpone_occurrence
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen, let_specimen_decide
from careplans.services.step_progress import skip_step
from common import triggers
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.verbs import OF_CASE
from tests.careplans.worlds import make_world, read

pytestmark = pytest.mark.django_db
LISTS = (
    "boards",
    "patients",
    "cases",
    "prior-treatments",
    "specimens",
    "plans",
    "steps",
    "arms",
    "occurrences",
    "follow-ups",
    "advisories",
    "signatures",
    "events",
    "fact-changes",
    "step-breaks",
    "nothing-ahead",
    "record-moves",
)
HANGS = {"kind": "markers", "when": "occurrence", "days_after": 7}
STAGES = sorted({verb.stage for verb in OF_CASE.values()})


class Reader:
    """Everything that one person can read over the API, and what the feed has told them since."""

    def __init__(self, user):
        self.api = Api(user)
        self.cursor = self.api.get("/changes/", **{"from": "now"}).json()["cursor"]
        self.rows = self.read()

    def read(self):
        found = {}
        for noun in LISTS:
            url = f"/api/v1/{noun}/?page_size=200"
            while url:
                page = self.api.client.get(url).json()
                for row in page["results"]:
                    found[(noun, row["id"])] = self.whole(noun, row)
                url = page["next"]
        return found

    def whole(self, noun, row):
        """A board tells more of itself alone."""
        return self.api.get(f"/boards/{row['id']}/").json() if noun == "boards" else row

    def told(self):
        answer = self.api.get("/changes/", cursor=self.cursor, page_size=200).json()
        assert not answer["more"]
        return {(row["noun"], row["id"]) for row in answer["results"]}

    def untold(self):
        """Each row that reads otherwise now, and by what that was not told."""
        now, told = self.read(), self.told()
        changed = {key for key, row in now.items() if bare(row) != bare(self.rows.get(key))}
        faults = {(*key, "feed") for key in changed - told}
        for noun, pk in changed:
            row, before = now[(noun, pk)], self.rows.get((noun, pk))
            if "updated_at" in row:
                if before and not row["updated_at"] > before["updated_at"]:
                    faults.add((noun, pk, "updated_at"))
                since = self.api.get(f"/{noun}/", updated_since=row["updated_at"], page_size=200).json()["results"]
                if pk not in {one["id"] for one in since}:
                    faults.add((noun, pk, "updated_since"))
        return sorted(faults), changed


def bare(row):
    """Without the moment itself, and without what a step carries along of its plan."""
    if isinstance(row, dict):
        return {name: bare(value) for name, value in row.items() if name not in ("updated_at", "plan_version")}
    return [bare(one) for one in row] if isinstance(row, list) else row


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_verb_changes_in_any_answer_is_told(stage, board, ana, omar, ravi, chloe):
    case = make_world(board, stage, ana=ana, omar=omar, chloe=chloe)
    people = {"ana": ana, "omar": omar, "ravi": ravi, "chloe": chloe}
    reader = Reader(omar)
    faults, silent = {}, []
    for name, verb in OF_CASE.items():
        if verb.stage == stage:
            with transaction.atomic():
                verb.act(read(case, **people))
                untold, changed = reader.untold()
                if untold:
                    faults[name] = untold
                if not changed:
                    silent.append(name)
                transaction.set_rollback(True)
    assert faults == {}
    # These change nothing that is served.
    assert [name for name in silent if not name.startswith(("send again", "put off", "keep a plan"))] == []


@pytest.fixture
def course(board, ana, chloe):
    """Four cycles, begun, and a step that waits for them."""
    return makers.make_course(board, by=ana, chair=chloe, steps=2, hanging=[HANGS])


@pytest.fixture
def plan(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2, schedule=makers.make_template(board))


def expect(reader, *nouns):
    faults, changed = reader.untold()
    assert faults == []
    assert {noun for noun, _ in changed} >= set(nouns)


def test_a_cycle_moves_its_step_and_its_plan(course, ana):
    reader, cycle = Reader(ana), Occurrence.objects.for_page().order_by("number").first()
    postpone_occurrence(
        cycle,
        by=ana,
        expected_version=1,
        to=cycle.planned_on + timedelta(days=3),
        reason="medical_reason",
        move_later=True,
    )
    expect(reader, "occurrences", "steps", "plans")


def test_a_step_that_ends_moves_the_one_that_waits_for_it(board, ana, chloe):
    first, second, third = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    reader = Reader(ana)
    skip_step(first, by=ana, expected_version=first.version, reason="patient_choice")
    assert {pk for noun, pk in reader.told() if noun == "steps"} == {first.pk, second.pk, third.pk}
    expect(reader, "steps", "plans")


def test_a_specimen_that_decides_moves_the_one_that_did(board, ana):
    case = makers.make_case(board, by=ana)
    first, second = (
        add_specimen(case, by=ana, decides=one, grade=grade) for one, grade in ((True, "g1"), (False, "g2"))
    )
    reader = Reader(ana)
    let_specimen_decide(second, by=ana, expected_version=second.version)
    expect(reader, "specimens", "cases")
    assert {pk for noun, pk in reader.told() if noun == "specimens"} >= {first.pk, second.pk}


def test_what_hangs_on_a_step_moves_it(board, ana):
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    reader, step = Reader(ana), draft.steps.get()
    add_monitoring(
        step, by=ana, expected_version=step.version, kind="markers", when="course", interval=3, interval_unit="months"
    )
    expect(reader, "steps", "plans")


def test_a_schedule_moves_its_board_and_the_plans_that_follow_it(plan, ana):
    reader = Reader(ana)
    FollowUpSchedule.objects.update(name="Every half year")
    expect(reader, "boards", "plans")


def test_a_new_name_moves_the_boards_that_list_the_person(plan, ana, omar):
    reader = Reader(ana)
    User.objects.filter(pk=omar.pk).update(name="Omar Newname")
    assert ("boards", plan.board_id) in reader.told()


def test_a_discipline_that_is_asked_for_no_more_moves_its_board(board, ana):
    makers.require_disciplines(board, "surgery")
    reader = Reader(ana)
    RequiredDiscipline.objects.filter(board=board).delete()
    expect(reader, "boards")


def test_a_case_moves_its_patient_only_when_it_is_opened(plan, board, ana):
    reader = Reader(ana)
    open_case(plan.case.patient, by=ana, responsible=ana, title="A second tumour", status="accepted")
    expect(reader, "patients", "cases")
    reader = Reader(ana)
    case = plan.case
    change_case(case, by=ana, expected_version=case.version, title="Another title")
    assert {noun for noun, _ in reader.told()} == {"cases", "events"}


def test_what_no_answer_shows_moves_nothing(plan, ana):
    reader = Reader(ana)
    Step.objects.update(timing_version=9)
    Board.objects.update(timing=9)
    assert reader.told() == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda plan, ana: change_case(plan.case, by=ana, expected_version=plan.case.version, title="Later"),
        lambda plan, ana: Step.objects.filter(plan=plan).update(outcome="because"),
    ],
    ids=["of the row itself", "of what is served in it"],
)
def test_a_clock_that_was_set_back_makes_no_row_older(change, plan, ana, omar):
    """The database's clock was fast when these were written. Whoever keeps the newest `updated_at` asks for what is later."""
    Change.objects.update(at=timezone.now() + timedelta(hours=1))
    reader = Reader(omar)
    change(plan, ana)
    untold, changed = reader.untold()
    assert changed
    assert untold == []


@pytest.mark.parametrize("way", ["update", "bulk_update", "save", "sql"])
def test_no_way_of_writing_gets_round_it(way, plan, ana):
    reader, step = Reader(ana), plan.steps.first()
    step.outcome = "because"
    if way == "update":
        Step.objects.filter(pk=step.pk).update(outcome="because")
    elif way == "bulk_update":
        Step.objects.bulk_update([step], ["outcome"])
    elif way == "save":
        step.save()
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE careplans_step SET outcome = 'because' WHERE id = %s", [step.pk])
    assert reader.told() == {("steps", step.pk), ("plans", plan.pk)}


# The ETag


def hold(step):
    begin_break(step, held_from=makers.TODAY(), held_until=None, reason="medical_reason", reason_note="")


@pytest.mark.parametrize("noun", ["cases", "plans", "steps", "follow-ups", "boards", "patients"])
def test_an_etag_moves_when_anything_in_the_answer_does(noun, plan, board, ana, omar):
    api = Api(ana)
    pk = {
        "cases": plan.case_id, "plans": plan.pk, "steps": plan.steps.first().pk, "boards": board.pk,
        "follow-ups": plan.follow_ups.first().pk, "patients": plan.case.patient_id,
    }[noun]  # fmt: skip
    before = api.get(f"/{noun}/{pk}/")
    assert api.get(f"/{noun}/{pk}/")["ETag"] == before["ETag"]
    inside = {
        "cases": lambda: save_proforma(plan.case, {"wishes": "At home."}, by=ana),
        "plans": lambda: hold(plan.steps.first()),
        "steps": lambda: hold(plan.steps.first()),
        "boards": lambda: User.objects.filter(pk=omar.pk).update(name="Omar Newname"),
        "follow-ups": lambda: User.objects.filter(pk=ana.pk).update(name="Ana Newname"),
        "patients": lambda: open_case(plan.case.patient, by=ana, responsible=ana, title="A second tumour", status="accepted"),
    }[noun]  # fmt: skip
    inside()
    after = api.get(f"/{noun}/{pk}/")
    assert after["ETag"] != before["ETag"]
    assert after.json()["version"] == before.json()["version"]


def test_a_writer_who_sends_the_etag_is_refused_when_anything_in_the_answer_has_changed(plan, ana):
    api = Api(ana)
    seen = api.get(f"/cases/{plan.case_id}/")
    save_proforma(plan.case, {"wishes": "At home."}, by=ana)
    answer = api.client.patch(
        f"/api/v1/cases/{plan.case_id}/", {"title": "Jejunal NET"}, format="json", headers={"If-Match": seen["ETag"]}
    )
    assert (answer.status_code, answer.json()["current"]["proforma"]["wishes"]) == (412, "At home.")
    now = {"If-Match": answer["ETag"]}
    answer = api.client.patch(f"/api/v1/cases/{plan.case_id}/", {"title": "Jejunal NET"}, format="json", headers=now)
    assert answer.status_code == 200
    assert answer["ETag"] == api.get(f"/cases/{plan.case_id}/")["ETag"]


def test_a_writer_who_sends_the_version_alone_is_refused_only_when_the_row_itself_has_changed(plan, ana):
    api, version = Api(ana), plan.case.version
    save_proforma(plan.case, {"wishes": "At home."}, by=ana)
    assert api.patch(f"/cases/{plan.case_id}/", {"title": "Jejunal NET"}, version).status_code == 200
    assert api.patch(f"/cases/{plan.case_id}/", {"title": "Ileal NET"}, version).status_code == 412


# The triggers


def test_each_served_table_has_its_triggers(db):
    assert change_triggers.astray(connection) == []


def test_what_the_list_names_no_more_is_gone_after_the_next_migrate(db, monkeypatch):
    """Whole tables, and one entry of a table that stays."""
    gone = {"careplans_priortreatment", "accounts_institution"}
    fewer = {table: moves for table, moves in change_triggers.MOVES.items() if table not in gone}
    monkeypatch.setattr(change_triggers, "MOVES", fewer | {"careplans_step": fewer["careplans_step"][:1]})
    call_command("migrate", verbosity=0)
    standing = triggers.standing(connection, change_triggers.PREFIX)
    assert not gone & set(standing.values())
    assert [name for name, table in standing.items() if table == "careplans_step"] == [
        "moves_careplans_step_0_insert", "moves_careplans_step_0_update",
    ]  # fmt: skip
    monkeypatch.undo()
    call_command("migrate", verbosity=0)
    assert change_triggers.astray(connection) == []


def test_what_was_written_before_there_were_triggers_is_told_once(plan, ana):
    Change.objects.filter(noun="plans").delete()
    change_triggers.install(connection)
    change_triggers.install(connection)
    [row] = Change.objects.filter(noun="plans")
    plan.refresh_from_db()
    assert (row.row_id, row.board_id, row.case_id, row.at) == (plan.pk, plan.board_id, plan.case_id, plan.updated_at)


def test_a_patient_whom_a_board_lets_go_of_moves(plan, ana):
    Change.objects.update(batch=1)
    PatientBoard.objects.filter(patient=plan.case.patient).delete()
    assert Change.objects.filter(batch=None).values_list("noun", "row_id").get() == ("patients", plan.case.patient_id)
    assert Patient.objects.count() == 1
