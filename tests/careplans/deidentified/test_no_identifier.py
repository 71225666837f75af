"""Everything that an analyst can get within a reporting project, put together: nothing in it says who is meant.

It walks the table of addresses, so an endpoint or page that is added tomorrow is asked, too. The keys of these rows are large
numbers that stand for nothing else, and every text that somebody wrote has a mark: what leaks is seen.
"""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta

import pyarrow.parquet as parquet
import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import AuditEvent, ReportingProject, User
from careplans.api import masking
from careplans.api.access import Door
from careplans.deidentified.reader import Reader
from careplans.demo.clock import history_at
from careplans.models import Case, FollowUp, Plan, Signature, Step
from careplans.reports.contents import ALL
from careplans.reports.scorecard.contents import INDICATORS
from tests.careplans.api import ROOT, Api
from tests.careplans.deidentified.fhir_answers import fhir_answers
from tests.careplans.deidentified.marked import keys_of, leaks, make_marked, masking_key
from tests.factories import make_project
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
# Of everybody, and of no patient: pages of reference, what fields mean, one's own tokens, what is public.
OPEN = re.compile(
    r"/(modalities|reference|plan-templates|rules(?!/overrides)|help|static|metrics|health|live|ready|schema|docs|sources"
    r"|dictionary|tokens)\b"
)
# By the segment before it in an address: of what a number there is.
NOUN_AT = {
    "patients": "patient", "cases": "case", "plans": "plan", "steps": "step", "arms": "arm", "occurrences": "occurrence",
    "follow-ups": "followup", "followups": "followup", "specimens": "specimen", "advisories": "advisory",
    "prior-treatments": "priortreatment", "therapies": "priortreatment", "Patient": "patient", "Condition": "case",
    "CarePlan": "plan", "Practitioner": "user", "people": "user",
}  # fmt: skip
ROWS = {
    "patient": "Patient", "case": "Case", "plan": "Plan", "step": "Step", "arm": "Arm", "occurrence": "Occurrence",
    "followup": "FollowUp", "specimen": "Specimen", "advisory": "Advisory", "priortreatment": "PriorTreatment",
}  # fmt: skip
LISTS = (
    "cases", "plans", "steps", "follow-ups", "advisories", "arms", "specimens", "occurrences", "signatures", "step-breaks",
    "prior-treatments", "fact-changes",
)  # fmt: skip
EXPORTS = (
    ("plans", "ndjson"), ("fact-changes", "ndjson"), ("cases", "parquet"), ("steps", "parquet"), ("everything", "dataset"),
)  # fmt: skip


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        return make_marked()


@pytest.fixture
def keys(made, db):
    """Of every row that may not be named, but of the person who asks: a page may know who looks at it."""
    return keys_of(made)


@pytest.fixture
def anselm(made, db):
    return User.objects.get(pk=made.anselm.pk)


def routes(resolver=None, before=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        at = f"{before}{pattern.pattern}"
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, at)
        elif "(" not in at and "[" not in at:
            yield at


def filled(route, reader, board):
    """The addresses that this one stands for: each number as it truly is, and as a pseudonym."""
    found = [""]
    parts = [part for part in route.removesuffix("/").split("/") if part]
    for place, part in enumerate(parts):
        options = [part] if "<" not in part else candidates(parts[place - 1], part, reader, board)
        found = [f"{one}/{option}" for one in found for option in options]
    ending = "/" if route.endswith("/") else ""
    return [f"{one}{ending}" for one in found]


def candidates(before, part, reader, board):
    if before == "boards":
        return [board]
    if before == "projects":
        return [reader.project.pk]
    if before == "reports" and part in ("<slug:name>", "<str:name>"):
        return [one.name for one in ALL]
    if before == "scorecard":
        return [INDICATORS[0].name]
    if not part.startswith(("<int:", "<str:")) and before not in NOUN_AT:
        return ["osa"]
    noun = NOUN_AT.get(before)
    nouns = [noun] if noun else sorted(ROWS)
    rows = [pk for one in nouns if one in ROWS for pk in first_rows(one)] or [1]
    # A page knows no pseudonyms.
    return [told for pk in rows for told in (pk, *([reader.pseudonym(noun, pk)] if noun else []))]


def first_rows(noun):
    return list(apps.get_model("careplans", ROWS[noun]).objects.order_by("pk").values_list("pk", flat=True)[:1])


def answers(user, project):
    """By address, every answer with content that this person is given in the project: over the API and on pages."""
    reader = Reader(project, key=masking_key(project))
    api, browser = Api(user), Client()
    browser.force_login(user)
    assert browser.get(reverse("careplans:overrides"), {"project": project.pk}).status_code == 200
    found = {}
    for route in sorted(set(routes())):
        for address in filled(route, reader, project.board_id):
            if address.startswith(ROOT):
                response = api.get(address.removeprefix(ROOT), project=project.pk)
            else:
                response = browser.get(address, follow=False)
            if response.status_code == 200 and not OPEN.search(address):
                found[address] = text_of(response)
    return found | pages_of_lists(api, project) | fhir_answers(user, project)


def text_of(response):
    """Of a sheet, what can be read on it, without when and by whom it was printed."""
    content = b"".join(response) if response.streaming else response.content
    if response["Content-Type"] == "application/pdf":
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        return re.sub(r"Printed[^.]*\.", "", text.replace("\n", " "))
    return content.decode()


def pages_of_lists(api, project):
    """Each list by two rows, so that cursors are looked at, too."""
    found = {}
    for noun in LISTS:
        response = api.get(f"/{noun}/", project=project.pk, page_size=2)
        found[f"/{noun}/ in pages"] = response.content.decode() + str(response.headers)
        while following := response.json()["next"]:
            response = api.client.get(following)
            assert response.status_code == 200, following
            found[f"/{noun}/ in pages"] += response.content.decode()
    response = api.get("/changes/", project=project.pk, page_size=200)
    return found | {"changes": response.content.decode()} | files_of_lists(api, project)


def files_of_lists(api, project):
    """Each list whole, as text and as a table, and as an export; Parquet read back. The rows of each figure, too."""
    found = {}
    for noun in LISTS:
        for form in ("csv", "ndjson"):
            found[f"/{noun}/ as {form}"] = text_of(api.get(f"/{noun}/", project=project.pk, format=form))
    for what, form in EXPORTS:
        asked = {"what": what, "form": form}
        made = api.client.post(f"{ROOT}/exports/?project={project.pk}", asked, format="json").json()
        response = api.client.get(made["file"], {"project": project.pk})
        assert response.status_code == 200, made
        found[f"{what} exported as {form}"] = read_back(form, b"".join(response))
    return found


def read_back(form, data):
    if form == "parquet":
        return json.dumps(parquet.read_table(io.BytesIO(data)).to_pylist(), default=str)
    if form == "ndjson":
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [name for name in file.namelist() if not name.startswith(("dictionary", "about"))]
        return "".join(read_back(name.rpartition(".")[2].replace("csv", "ndjson"), file.read(name)) for name in names)


# Of the person who looks at it, and of the server, which is as it is today.
NOT_OF_PATIENTS = ("/settings", "/notices", "/fhir/R4/metadata")


def own(told):
    """What is told of the record."""
    return {address: text for address, text in told.items() if not address.startswith(NOT_OF_PATIENTS)}


def test_nothing_that_an_analyst_is_given_says_who_is_meant(made, anselm, keys, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    told = answers(anselm, made.months)
    assert {f"{ROOT}/report-pack/", f"{ROOT}/scorecard/", f"{ROOT}/reports/concordance/"} <= set(told)
    assert {reverse("careplans:report_pack_pdf"), reverse("careplans:scorecard")} <= set(told)
    nouns = {address.removeprefix(ROOT).split("/")[1] for address in told if address.startswith(ROOT)}
    assert nouns >= {
        "boards",
        "cases",
        "plans",
        "steps",
        "follow-ups",
        "specimens",
        "arms",
        "advisories",
        "occurrences",
        "changes",
        "overrides",
    }
    for name in ("careplans:overrides", "careplans:overrides_csv"):
        assert made.months.name in told[reverse(name)] or "fewer than 5" in told[reverse(name)]
    assert leaks(own(told), keys, months=True) == {}


def test_shifted_days_say_it_neither(made, anselm, keys, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    told = pages_of_lists(Api(anselm), made.shifted)
    assert len(told) > 5
    assert leaks(told, keys, months=False) == {}


def test_no_day_of_a_row_is_told_as_it_is_where_days_are_shifted(made, anselm, settings, tmp_path):
    """Of a plan's signatures: asked, and answered, on days that are moved with its patient."""
    reader = Reader(made.shifted, masking_key(made.shifted))
    told = {
        row["id"]: row
        for row in Api(anselm).get("/signatures/", project=made.shifted.pk, page_size=200).json()["results"]
    }
    rows = list(Signature.objects.filter(plan__board=made.board).select_related("plan__case"))
    assert len(told) == len(rows) > 0
    for row in rows:
        shown = told[reader.pseudonym("signature", row.pk)]
        moved = reader.patients | {row.plan.case_id: row.plan.case.patient_id}
        wanted = reader.moment(row.requested_at, moved[row.plan.case_id])
        assert shown["requested_at"] == wanted.isoformat().replace("+00:00", "Z")


def test_the_sweep_sees_what_leaks_into_files(made, anselm, keys, monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(Reader, "pseudonym", lambda self, noun, pk: pk)
    told = files_of_lists(Api(anselm), made.months)
    assert set(leaks(told, keys, months=False)) >= {
        "/plans/ as csv", "/plans/ as ndjson", "plans exported as ndjson", "cases exported as parquet",
        "everything exported as dataset",
    }  # fmt: skip


def test_the_sweep_sees_what_leaks_behind_a_figure(made, anselm, keys, monkeypatch):
    """With the clock of the record a month on, so that what was made is in a month that is over."""
    project = make_project(made.board, by=User.objects.get(pk=made.chloe.pk), analysts=[anselm], smallest_cell=1)
    with history_at(timezone.now() + timedelta(days=40)):
        told = rows_of_reports(Api(anselm), project)
        assert len(told) > 2
        assert leaks(told, keys, months=True) == {}
        monkeypatch.setattr(Reader, "pseudonym", lambda self, noun, pk: pk)
        assert set(leaks(rows_of_reports(Api(anselm), project), keys, months=True)) == set(told)


def courses(api, project, **asked):
    """Of every case that is told, its course as the project gives it."""
    found = {}
    for row in api.get("/cases/", project=project.pk, page_size=200).json()["results"]:
        answer = api.get(f"/cases/{row['id']}/course/", project=project.pk, **asked)
        assert answer.status_code == 200, answer.content
        assert answer.json()["case"]["id"] == row["id"]
        found[f"course of {row['id']}"] = answer.content.decode()
    return found


def test_a_course_says_it_neither_and_is_of_whole_months(made, anselm, keys, monkeypatch):
    """With the clock of the record a month on, so that what was made is in a month that is over."""
    api = Api(anselm)
    with history_at(timezone.now() + timedelta(days=40)):
        told = courses(api, made.months)
        assert len(told) > 2 and '"plans":[{' in "".join(told.values()) and '"kind"' in "".join(told.values())
        assert leaks(told, keys, months=True) == {}
        some = next(iter(told)).rpartition(" ")[2]
        answer = api.get(f"/cases/{some}/course/", project=made.months.pk).json()
        again = {name: answer[name] for name in ("as_of", "known_by")}
        assert api.get(f"/cases/{some}/course/", project=made.months.pk, **again).json() == answer
        monkeypatch.setattr(Reader, "pseudonym", lambda self, noun, pk: pk)
        shown = api.get("/cases/", project=made.again.pk, page_size=200).json()["results"]
        monkeypatch.setattr(Reader, "unmask", lambda self, noun, token: token)
        assert leaks(courses(api, made.again), keys, months=True) and shown


def test_a_case_that_was_opened_later_is_not_told_by_its_day(made, anselm):
    api = Api(anselm)
    row = api.get("/cases/", project=made.months.pk).json()["results"][0]
    refused = api.get(f"/cases/{row['id']}/course/", project=made.months.pk, as_of="2026-03-15")
    assert refused.status_code == 400
    assert "by then there was no such case" in refused.json()["errors"][0]["detail"]
    assert "Choose a later one" in refused.json()["errors"][0]["detail"]


def test_a_course_that_began_this_month_says_from_when_on_it_is_told(made, anselm):
    """No later month is over, so none can be chosen; and from that day on it is answered."""
    api = Api(anselm)
    with history_at(timezone.now() + timedelta(days=40)):
        rows = api.get("/cases/", project=made.months.pk).json()["results"]
        path = f"/cases/{rows[0]['id']}/course/"
        opened = date.fromisoformat(rows[0]["created_at"][:10])
    next_month = (opened + timedelta(days=32)).replace(day=1)
    with history_at(datetime.combine(opened.replace(day=28), time(12), UTC)):
        for said in ({}, {"as_of": opened.replace(day=28).isoformat()}):
            refused = api.get(path, project=made.months.pk, **said)
            assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "as_of")
            assert f"Ask again from {next_month:%Y-%m-%d} on" in refused.json()["errors"][0]["detail"]
    with history_at(datetime.combine(next_month, time(12), UTC)):
        told = api.get(path, project=made.months.pk)
        assert told.status_code == 200 and told.json()["as_of"][:7] in (f"{opened:%Y-%m}", f"{next_month:%Y-%m}")


def test_a_course_of_shifted_days_is_of_now_alone(made, anselm, keys):
    api = Api(anselm)
    told = courses(api, made.shifted)
    assert len(told) > 2 and leaks(told, keys, months=False) == {}
    some = next(iter(told)).rpartition(" ")[2]
    for name in ("as_of", "known_by"):
        refused = api.get(f"/cases/{some}/course/", project=made.shifted.pk, **{name: "2026-03-15"})
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, name)


def rows_of_reports(api, project):
    found = {}
    for one in ALL:
        answer = api.get(f"/reports/{one.name}/rows/", project=project.pk)
        assert answer.status_code == 200, answer.content
        if answer.json()["results"]:
            found[one.name] = answer.content.decode()
    return found


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [
        (Reader, "pseudonym", lambda self, noun, pk: pk),
        (Reader, "day", lambda self, value, patient: value),
        (Reader, "moment", lambda self, value, patient: value),
        (Reader, "partial", lambda self, value, patient: value),
    ],
)
def test_the_sweep_sees_what_leaks(made, anselm, keys, monkeypatch, where, name, instead):
    monkeypatch.setattr(where, name, instead)
    api = Api(anselm)
    told = {
        noun: api.get(f"/{noun}/", project=made.months.pk).content.decode()
        for noun in ("cases", "plans", "steps", "follow-ups")
    }
    assert leaks(told, keys, months=True)


def test_the_sweep_sees_a_text_that_leaks(made, anselm, keys, monkeypatch):
    monkeypatch.setattr(masking.To, "text", True, raising=False)
    monkeypatch.setattr("careplans.api.within.can", lambda *args: True)
    told = {"cases": Api(anselm).get("/cases/", project=made.months.pk).content.decode()}
    assert leaks(told, keys, months=True)


def numbers_in(value):
    if isinstance(value, dict):
        return {number for one in value.values() for number in numbers_in(one)}
    if isinstance(value, list):
        return {number for one in value for number in numbers_in(one)}
    return {value} if isinstance(value, int) and value > 10**9 else set()


def test_two_projects_have_no_key_in_common(made, anselm):
    """Neither a pseudonym nor a tag nor a place in a list: but the contents of the rows, which are the same."""
    api = Api(anselm)
    told = {}
    for project in (made.months, made.again):
        seen = set()
        for noun in (
            "cases",
            "plans",
            "steps",
            "follow-ups",
            "advisories",
            "arms",
            "specimens",
            "occurrences",
            "changes",
        ):
            response = api.get(f"/{noun}/", project=project.pk, page_size=2)
            answer = response.json()
            seen |= {str(number) for number in numbers_in(answer)}
            seen |= {
                answer[name].partition("cursor=")[2].partition("&")[0] or answer[name]
                for name in ("next", "cursor")
                if answer.get(name)
            }
            for row in answer["results"][:1] if noun != "changes" else []:
                seen.add(api.get(f"/{noun}/{row['id']}/", project=project.pk).headers.get("ETag", ""))
        told[project.pk] = seen - {""}
    assert min(map(len, told.values())) > 40
    assert told[made.months.pk] & told[made.again.pk] == set()


def test_a_pseudonym_is_asked_by_and_another_projects_is_nobody(made, anselm):
    api, project = Api(anselm), made.months.pk
    plan = api.get("/plans/", project=project).json()["results"][0]
    assert api.get(f"/plans/{plan['id']}/", project=project).json()["case"] == plan["case"]
    steps = api.get("/steps/", project=project, plan=plan["id"]).json()["results"]
    assert {step["plan"] for step in steps} == {plan["id"]}
    assert len(steps) == len(plan["steps"]) > 0
    assert api.get(f"/plans/{plan['id']}/", project=made.again.pk).status_code == 404
    assert api.get("/steps/", project=made.again.pk, plan=plan["id"]).json()["results"] == []
    truly = Plan.objects.filter(board=made.board).first()
    assert api.get(f"/plans/{truly.pk}/", project=project).status_code == 404


def test_intervals_stay_where_days_are_shifted(made, anselm):
    api, reader = Api(anselm), Reader(made.shifted, masking_key(made.shifted))
    told = {row["id"]: row for row in api.get("/follow-ups/", project=made.shifted.pk, page_size=200).json()["results"]}
    rows = list(FollowUp.objects.filter(board=made.board).select_related("case"))
    shifts = {}
    for row in rows:
        shown = told[reader.pseudonym("followup", row.pk)]
        shifts.setdefault(row.case.patient_id, set()).add(date.fromisoformat(shown["due_on"]) - row.due_on)
    assert len(rows) == len(told) > 3
    assert all(len(found) == 1 and 0 < abs(next(iter(found)).days) <= 365 for found in shifts.values())


def test_a_day_cannot_be_found_by_asking(made, anselm):
    """A filter goes by what is told: a month is before a day or not."""
    api = Api(anselm)
    row = api.get("/follow-ups/", project=made.months.pk).json()["results"][0]
    first = date.fromisoformat(row["due_on"])
    seen = {
        day: row["id"]
        in {
            one["id"]
            for one in api.get(
                "/follow-ups/", project=made.months.pk, due_before=first.replace(day=day).isoformat(), page_size=200
            ).json()["results"]
        }
        for day in (1, 2, 15, 28)
    }
    assert seen == {1: False, 2: True, 15: True, 28: True}
    for name in ("due_before", "updated_since"):
        refused = api.get("/follow-ups/", project=made.shifted.pk, **{name: "2026-03-01"})
        assert refused.status_code == 400, name
    assert api.get("/follow-ups/", project=made.months.pk, overdue="true").status_code == 400


def test_a_size_is_told_to_the_centimetre_and_exact_figures_are_not(made, anselm):
    case = Case.objects.filter(board=made.board).first()
    with rewriting():
        type(case.proforma).objects.filter(case=case).update(largest_primary_mm=23, haemoglobin_g_dl="13.1", men1="yes")
    reader = Reader(made.months, masking_key(made.months))
    told = Api(anselm).get(f"/cases/{reader.pseudonym('case', case.pk)}/", project=made.months.pk).json()["proforma"]
    assert told["largest_primary_mm"] == 20
    assert not {"haemoglobin_g_dl", "men1"} & set(told)
    assert "haemoglobin_g_dl" not in told["bounds"]


def test_every_read_of_a_project_is_in_the_trail_with_its_number(made, anselm):
    before = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    Api(anselm).get("/plans/", project=made.months.pk)
    events = AuditEvent.objects.filter(pk__gt=before, action="list")
    assert [event.data["project"] for event in events] == [made.months.pk]


def test_whoever_reads_in_several_has_to_say_in_which(made, anselm):
    for address in ("/plans/", "/changes/", "/boards/"):
        refused = Api(anselm).get(address)
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "project"), address


@pytest.mark.parametrize("asked", ["0", "999999", "none", "x", "\x00", "9" * 40, "１"])
def test_a_project_that_is_none_of_theirs_opens_nothing(made, anselm, asked):
    response = Api(anselm).get("/plans/", project=asked)
    assert response.status_code in (400, 403), response.content


def test_it_is_said_in_a_header_too_and_only_once(made, anselm):
    api = Api(anselm)
    by_header = api.client.get(f"{ROOT}/plans/", headers={"Consilium-Project": str(made.months.pk)}).json()
    assert by_header == api.get("/plans/", project=made.months.pk).json()
    twice = api.client.get(f"{ROOT}/plans/?project={made.months.pk}&project={made.again.pk}")
    assert twice.status_code == 400


def test_whoever_is_no_analyst_is_told_everything_as_before(made):
    omar = User.objects.get(pk=made.omar.pk)
    told = Api(omar).get("/plans/").json()["results"]
    assert {row["id"] for row in told} == set(Plan.objects.filter(board=made.board).values_list("pk", flat=True))
    assert Api(omar).get("/plans/", project=made.months.pk).status_code == 400


def test_small_numbers_are_left_out_of_the_report_and_cannot_be_worked_out(made, anselm):
    """With the clock of the record a month on, so that what fired is in a month that is over."""
    whole = make_project(made.board, by=User.objects.get(pk=made.chloe.pk), analysts=[anselm], smallest_cell=1)
    with history_at(timezone.now() + timedelta(days=40)):
        told = Api(anselm).get("/overrides/", project=made.months.pk).json()
        known = Api(anselm).get("/overrides/", project=whole.pk).json()
    assert told["since"].endswith("-01") and (told["smallest"], known["smallest"]) == (5, 1)
    numbers = ("fired", "unanswered", "gone", "followed", "kept")
    assert any(0 < row[name] < 5 for row in known["results"] for name in numbers)
    assert not [row for row in told["results"] for name in numbers if row[name] and row[name] < 5]


def test_a_project_of_a_secret_that_is_gone_gives_nothing(made, anselm, settings):
    settings.SECRET_KEY = "another-secret-0123456789-0123456789-0123456789-0123456789"
    api = Api(anselm)
    assert api.get("/plans/", project=made.months.pk).status_code == 409
    settings.SECRET_KEY_FALLBACKS = ["only-for-tests-0123456789-0123456789-0123456789-abc"]
    assert api.get("/plans/", project=made.months.pk).status_code == 200


def test_one_that_is_over_is_read_no_more(made, anselm):
    ReportingProject.objects.filter(pk=made.months.pk).update(ends_on=date(2026, 1, 2))
    assert Api(anselm).get("/plans/", project=made.months.pk).status_code == 400
    ReportingProject.objects.all().update(ends_on=date(2026, 1, 2))
    response = Api(anselm).get("/plans/")
    assert response.status_code == 403
    assert Step.objects.exists()


def test_an_answer_that_was_made_past_the_mask_is_refused(made, anselm, monkeypatch):
    """An endpoint that somebody adds and that forgets of whom it tells: refused, and not told unmasked."""
    monkeypatch.setattr(Door, "told", lambda self, serializer, data, board, of=None: data)
    for address in ("/plans/", "/boards/", "/changes/"):
        assert Api(anselm).get(address, project=made.months.pk).status_code == 403, address
    assert Api(anselm).get("/modalities/", project=made.months.pk).status_code == 200
