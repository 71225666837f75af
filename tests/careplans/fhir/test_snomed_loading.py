"""A site loads its map to SNOMED CT, the next, and takes it away; all of it, or nothing."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent
from careplans.models import SnomedCode, SnomedMap
from careplans.services.snomed_maps import Entry, load_map, remove_map
from common.centre_day import centre_today
from tests.careplans.fhir.site_map import EDITION, LINES, RELEASED, SURGERY, as_file, load

pytestmark = pytest.mark.django_db
LINE = LINES[0]


@pytest.fixture
def site(admin, tmp_path):
    """The command as this administrator gives it; what it said, and what it wrote to standard error."""

    def run(lines=LINES, *, data=None, **options):
        path = tmp_path / "map.csv"
        path.write_bytes(as_file(lines) if data is None else data)
        given = {"edition": EDITION, "release": "2026-07-01", "by": admin.email} | options
        run.errors, out = StringIO(), StringIO()
        call_command("load_snomed", str(path), stdout=out, stderr=run.errors, **given)
        return out.getvalue().strip()

    return run


def in_force():
    return list(SnomedCode.objects.filter(map__ended_at=None).values_list("system", "code", "sctid", "display"))


def test_a_file_is_loaded_with_its_release_and_who_loaded_it(site, admin):
    assert site() == f"5 codes of SNOMED CT, edition {EDITION}, release 2026-07-01 stand beside ours now."
    row = SnomedMap.objects.get()
    assert (row.edition, row.released_on, row.file_name, row.count) == (EDITION, RELEASED, "map.csv", 5)
    assert (row.loaded_by, row.ended_by, row.ended_at) == (admin, None, None)
    assert row.version == "http://snomed.info/sct/900000000000207008/version/20260701"
    assert in_force() == [tuple(line) for line in LINES]
    event = AuditEvent.objects.get(action="snomed_loaded")
    assert (event.actor, event.subject_id) == (admin, str(row.pk))
    assert event.data == {"edition": EDITION, "release": "2026-07-01", "count": 5}


@pytest.mark.parametrize("lines", [LINES, LINES[::-1]])
def test_the_same_again_changes_nothing(site, lines):
    site()
    before = SnomedMap.objects.values().get()
    assert site(lines).endswith("were loaded already. Nothing changed.")
    assert SnomedMap.objects.values().get() == before
    assert AuditEvent.objects.filter(action="snomed_loaded").count() == 1


@pytest.mark.parametrize(
    ("lines", "more"), [(LINES[:1], {}), (LINES, {"release": "20260801"}), (LINES, {"edition": "22298006"})]
)
def test_another_takes_its_place_and_the_one_before_is_kept(site, admin, lines, more):
    site()
    site(lines, **more)
    old, new = SnomedMap.objects.order_by("pk")
    assert (old.ended_by, old.ended_at is None, new.ended_at) == (admin, False, None)
    assert (old.codes.count(), len(in_force())) == (5, len(lines))
    assert AuditEvent.objects.filter(action="snomed_loaded").latest("pk").data["instead_of"] == old.pk


def test_one_wrong_line_and_nothing_is_loaded(site):
    site()
    with pytest.raises(CommandError, match="2 faults in map.csv. Nothing was loaded."):
        site([LINE, ("goal", "gone", SURGERY, LINE[3]), ("goal", "cure", "1", "x")])
    told = site.errors.getvalue().splitlines()
    assert [line[:30] for line in told] == ["Line 3: “gone” is no code of g", "Line 4: 1 is no code of SNOMED"]
    assert (SnomedMap.objects.count(), len(in_force())) == (1, 5)


def test_what_fails_while_it_is_written_leaves_what_was_in_force(admin):
    load(admin)
    twice = [Entry(*LINE, "relatedto")] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        load_map(twice, by=admin, edition=EDITION, released_on=RELEASED, file_name="x")
    assert (SnomedMap.objects.count(), SnomedMap.objects.get().ended_at, len(in_force())) == (1, None, 5)


def test_a_check_loads_nothing_and_needs_nobody(site):
    assert site(check=True, by=None, edition=None, release=None) == "5 codes, and nothing is wrong. Nothing was loaded."
    assert not SnomedMap.objects.exists()


def test_it_is_taken_away_and_loaded_again(site, admin):
    site()
    out = StringIO()
    call_command("load_snomed", remove=True, by=admin.email.upper(), stdout=out)
    assert out.getvalue().startswith("The 5 codes of SNOMED CT, edition")
    assert (in_force(), SnomedMap.objects.get().ended_by) == ([], admin)
    assert AuditEvent.objects.get(action="snomed_removed").actor == admin
    with pytest.raises(CommandError, match="No map to SNOMED CT is loaded."):
        call_command("load_snomed", remove=True, by=admin.email)
    site()
    assert (SnomedMap.objects.count(), len(in_force())) == (2, 5)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"by": None}, "Say with --by who answers for it"),
        ({"by": "nobody@consilium.example"}, "Say with --by who answers for it"),
        ({"by": "a\0b"}, "Say with --by who answers for it"),
        ({"edition": None}, "Say with --edition which edition it is"),
        ({"edition": "900000000000207009"}, "Its check digit is wrong"),
        ({"release": None}, "Say with --release of which day"),
        ({"release": "2026-02-30"}, "Say with --release of which day"),
        ({"release": "July 2026"}, "Say with --release of which day"),
        ({"release": "9999-12-31"}, "A release of SNOMED CT is of a day from"),
        ({"release": "0001-01-01"}, "A release of SNOMED CT is of a day from"),
        ({"remove": True}, "Name a file, or give --remove alone"),
    ],
)
def test_whoever_leaves_something_out_is_told(site, more, words):
    with pytest.raises(CommandError, match=words):
        site(**more)
    assert not SnomedMap.objects.exists()


def test_a_file_that_is_not_there_is_named(admin, tmp_path):
    with pytest.raises(CommandError, match="none.csv cannot be read"):
        call_command("load_snomed", str(tmp_path / "none.csv"), edition=EDITION, release="2026-07-01", by=admin.email)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_snomed", str(tmp_path), check=True)
    with pytest.raises(CommandError, match="Name a file"):
        call_command("load_snomed")


def test_only_an_administrator_may(site, chloe, admin):
    with pytest.raises(CommandError, match="Your account may not load codes of SNOMED CT. Ask an administrator."):
        site(by=chloe.email)
    row = load(admin)
    with pytest.raises(PermissionDenied):
        remove_map(by=chloe)
    row.refresh_from_db()
    assert row.ended_at is None


def test_a_release_of_today_is_taken_and_one_of_tomorrow_is_not(admin):
    entries = [Entry(*LINE, "relatedto")]
    load_map(entries, by=admin, edition=EDITION, released_on=centre_today(), file_name="x")
    for day in (centre_today() + timedelta(days=1), date(2002, 1, 30)):
        with pytest.raises(ValidationError):
            load_map(entries, by=admin, edition=EDITION, released_on=day, file_name="x")


def test_the_database_holds_one_map_in_force(admin):
    fields = {"edition": "1", "released_on": RELEASED, "content_hash": "0", "count": 0, "loaded_by": admin}
    SnomedMap.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        SnomedMap.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        SnomedMap.objects.update(ended_by=admin)


def loading(admin, *lines):
    entries = [Entry(*line, "relatedto") for line in lines]
    return lambda: load_map(entries, by=admin, edition=EDITION, released_on=RELEASED, file_name="x")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was", [True, False])
def test_of_two_that_are_loaded_at_once_one_is_in_force_and_whole(track, admin, was):
    if was:
        load(admin)
    for met in track.rounds(loading(admin, LINES[0]), loading(admin, *LINES[1:3])):
        assert met.is_clean, met
        assert any(met.won), met
        assert sorted(code for _, code, *_ in in_force()) in (["SURG"], ["cure", "jejunum"]), met


@pytest.mark.django_db(transaction=True)
def test_of_a_load_and_a_removal_at_once_nothing_is_left_half_done(track, admin):
    load(admin)
    for met in track.rounds(loading(admin, LINES[0]), lambda: remove_map(by=admin)):
        assert met.is_clean, met
        assert [code for _, code, *_ in in_force()] in ([], ["SURG"]), met


def test_ten_thousand_lines_take_few_statements(admin, django_assert_max_num_queries):
    """As many as no value set of ours has; the columns are what is asked here."""
    entries = [Entry("goal", f"code-{number}", SURGERY, "x", "relatedto") for number in range(10_000)]
    with django_assert_max_num_queries(60 if connection.vendor == "postgresql" else 90):
        load_map(entries, by=admin, edition=EDITION, released_on=RELEASED, file_name="x")
    assert SnomedMap.objects.get().count == SnomedCode.objects.count() == 10_000
