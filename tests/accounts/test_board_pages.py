import pytest

from accounts.models import Board
from accounts.services.boards import DEFAULT_REQUIREMENTS, Requirement, create_board, requirements_of
from tests.factories import join, make_institution, make_user


def typed(board, *rows, **fields):
    """What the form sends."""
    data = {
        "name": board.name, "time_zone": "Europe/London", "reminder_time": "08:00",
        "lead_days": "7", "grace_days": "3", "escalate_days": "7", "nothing_ahead_months": "12", "version": "1",
        "rows-TOTAL_FORMS": len(rows), "rows-INITIAL_FORMS": "0",
    }  # fmt: skip
    for number, row in enumerate(rows):
        data |= {f"rows-{number}-{name}": value for name, value in Requirement(*row)._asdict().items()}
    return data | fields


def settings_of(board):
    return f"/boards/{board.pk}/settings/"


@pytest.mark.parametrize(
    ("who", "status"), [("ana", 200), ("chloe", 200), ("omar", 403), ("nina", 403), ("anselm", 403), ("otto", 404)]
)
def test_the_settings_open_for_those_who_may_change_them(client, request, board, who, status):
    client.force_login(request.getfixturevalue(who))
    assert client.get(settings_of(board)).status_code == status


@pytest.mark.parametrize("path", ["", "new/", "1/"])
def test_the_administration_of_boards_is_for_administrators(client, ana, path):
    client.force_login(ana)
    assert client.get(f"/administration/boards/{path}").status_code == 403


def test_an_administrator_makes_a_board(client, admin):
    client.force_login(admin)
    hospital = make_institution("Eastgate hospital")
    page = client.get("/administration/boards/new/").context["editor"]
    assert [form.initial["discipline"] for form in page.rows.initial_forms] == [
        r.discipline for r in DEFAULT_REQUIREMENTS
    ]
    response = client.post(
        "/administration/boards/new/", typed(Board(name="Eastgate"), ("surgery",), institution=hospital.pk)
    )
    made = Board.objects.get(name="Eastgate")
    assert response.url == f"/administration/boards/{made.pk}/"
    assert requirements_of(made) == [Requirement("surgery")] and made.institution == hospital


def test_a_coordinator_saves_settings_and_rows(client, ana, board):
    client.force_login(ana)
    rows = [("surgery",), ("endocrinology", "gastroenterology"), ("", "", "always")]
    response = client.post(settings_of(board), typed(board, *rows, lead_days="21", time_zone="Europe/Berlin"))
    board.refresh_from_db()
    assert response.url == settings_of(board)
    assert (board.lead_days, board.time_zone) == (21, "Europe/Berlin")
    assert len(requirements_of(board)) == 2


def test_a_row_is_removed(client, ana, board):
    client.force_login(ana)
    client.post(settings_of(board), typed(board, ("surgery",), ("radiology",), **{"rows-0-DELETE": "on"}))
    assert requirements_of(board) == [Requirement("radiology")]


def test_another_row_keeps_everything_typed_and_saves_nothing(client, ana, board):
    client.force_login(ana)
    rows = [("surgery",), ("", "", "always")]
    editor = client.post(settings_of(board), typed(board, *rows, lead_days="x", add_row="1")).context["editor"]
    assert editor.form["lead_days"].value() == "x"
    assert len(editor.rows.forms) == 3
    assert not editor.problems
    board.refresh_from_db()
    assert board.version == 1


def test_an_unknown_time_zone_is_refused(client, ana, board):
    client.force_login(ana)
    response = client.post(settings_of(board), typed(board, ("surgery",), time_zone="Mars/Base"))
    assert "not an IANA time zone" in response.content.decode()
    board.refresh_from_db()
    assert board.time_zone == "Europe/London"


def test_rows_that_contradict_each_other_are_refused_with_a_sentence(client, ana, board):
    client.force_login(ana)
    response = client.post(settings_of(board), typed(board, ("surgery",), ("surgery",)))
    assert "Surgery is listed twice" in response.content.decode()


def test_a_conflict_keeps_what_was_typed_and_shows_what_stands_there(client, ana, board):
    Board.objects.update(version=2, lead_days=14)
    client.force_login(ana)
    response = client.post(settings_of(board), typed(board, ("surgery",), lead_days="21"))
    editor = response.context["editor"]
    assert response.status_code == 409
    assert editor.form["lead_days"].value() == "21"
    assert ("days of warning before a date", "14") in [(label.lower(), theirs) for label, theirs in editor.differences]
    assert editor.form["version"].value() == "2"


def test_saving_after_a_conflict_saves(client, ana, board):
    Board.objects.update(version=2, lead_days=14)
    client.force_login(ana)
    client.post(settings_of(board), typed(board, ("surgery",), lead_days="21", version="2"))
    board.refresh_from_db()
    assert (board.lead_days, board.version) == (21, 3)


def test_the_header_never_shows_an_unsaved_name(client, ana, board):
    client.force_login(ana)
    response = client.post(settings_of(board), typed(board, name="Unsaved", time_zone="Mars/Base"))
    assert response.context["board"].name == "Northgate"


def test_the_page_takes_the_same_queries_for_2_people_and_12(client, ana, board, django_assert_max_num_queries):
    client.force_login(ana)
    counts = []
    for number in range(12):
        join(make_user(f"p{number}@northgate.example", f"Person {number}"), board, "observer")
        if number in (1, 11):
            with django_assert_max_num_queries(10) as captured:
                client.get(settings_of(board))
            counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_page_takes_the_same_queries_for_2_rows_and_9(client, admin, django_assert_max_num_queries):
    client.force_login(admin)
    counts = []
    for rows in (DEFAULT_REQUIREMENTS[:2], DEFAULT_REQUIREMENTS):
        made = create_board(
            by=admin,
            fields={"name": f"{len(rows)} rows", "institution": make_institution("A hospital")},
            requirements=rows,
        )
        with django_assert_max_num_queries(11) as captured:
            client.get(f"/administration/boards/{made.pk}/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
