"""A server from nothing, as the README and docs/running.md say, with real processes: nothing of it is known but these two."""

import json
import os
import re
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from tests.config.server import ROOT, Browser, Server, blocks, procfile
from tests.patience import wait_until

pytestmark = pytest.mark.long
PASSWORD = "quiet lantern over the fjord"
# A board, a case and a follow-up that is due today, through the services; then it has been due for a minute.
A_FOLLOW_UP = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from careplans.models import OutboxMessage, Reminder
from tests.careplans import makers
from tests.factories import join, make_board, make_user
board, ana = make_board("Northgate"), make_user("ana@northgate.example", "Ana Coordinator")
join(ana, board, "coordinator", "coordination")
makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
then = timezone.now() - timedelta(minutes=1)
Reminder.objects.update(due_at=then)
OutboxMessage.objects.update(due_at=then)
"""


@pytest.fixture(scope="module")
def server():
    """Not below pytest's own folder, which PostgreSQL's account may not enter."""
    folder = tempfile.TemporaryDirectory(prefix="consilium-first-", dir="/tmp", ignore_cleanup_errors=True)
    with folder as name, Server(Path(name), vendor=connection.vendor) as server:
        yield server


@pytest.fixture(scope="module")
def link(server):
    """The README's first block, followed to the letter but for the addresses; and the link at its end."""
    if server.vendor == "postgresql":
        server.sql(blocks("docs/running.md", "sql")[0])
    said = server.bash(with_addresses(server, blocks("README.md", "sh")[0]))
    server.start()
    return re.search(r"https://consilium\.hospital\.example(/\S+)", said)[1]


def with_addresses(server, block):
    """The README's, with the addresses of these servers. On SQLite none is named, and no folder: `var` is not there yet."""
    ports = server.ports
    told = {
        r"paste-here-what-openssl-printed": server.python("import secrets; print(secrets.token_urlsafe(48))").strip(),
        r"postgres://\S+": f"postgres://clinic:password@127.0.0.1:{ports['postgresql']}/consilium",
        r"redis://\S+": f"redis://127.0.0.1:{ports['redis']}/0",
        r"smtp\+tls://\S+": f"smtp://127.0.0.1:{ports['smtp']}",
        r"DATA_DIR=\S+": f"DATA_DIR={server.folder}/data/of/its/own",
    }
    for pattern, address in told.items():
        block, found = re.subn(pattern, address, block)
        assert found == 1, pattern
    if server.vendor == "sqlite":
        block = re.sub(r"^export (DATABASE_URL|DATA_DIR)=.*\n", "", block, flags=re.MULTILINE)
    return block


def well(server, browser):
    def answer():
        try:
            return browser.get("/health/")[0] == 200
        except OSError:
            return False

    return lambda: answer() or server.ended()


def test_an_empty_machine_becomes_a_server_on_which_a_person_is_signed_in(server, link):
    browser = Browser(server.ports["web"])
    wait_until(well(server, browser), moving=lambda: server.processes.work("web"))
    assert server.ended() == {}
    path, status, page = browser.follow(link)
    assert status == 200, page
    path, status, page = browser.follow(path, browser.post(path, new_password1=PASSWORD, new_password2=PASSWORD))
    if path.startswith("/sign-in/"):
        path, status, page = browser.follow(
            "/", browser.post(path, username="dr.weber@hospital.example", password=PASSWORD)
        )
    assert status == 200
    assert "Dr Ana Weber" in page


def test_no_two_web_processes_share_a_socket_of_the_database(server, link):
    """Two on one socket read each other's answers: rows of one person go to another."""
    if server.vendor == "sqlite":
        pytest.skip("a file has no sockets")
    browser = Browser(server.ports["web"])
    wait_until(well(server, browser), moving=lambda: server.processes.work("web"))
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: Browser(server.ports["web"]).get("/health/ready/")[0], range(60)))
    assert answers == [200] * 60
    held = [sockets_to(server.ports["postgresql"], pid) for pid in server.pids_of("web")]
    assert len(held) == 3 and sum(map(bool, held)) >= 1
    assert sum(map(len, held)) == len(set().union(*held))


def sockets_to(port, pid):
    """By their inodes, those that a process holds to this port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    there = {row[9] for row in rows if int(row[2].rpartition(":")[2], 16) == port}
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    return {name[8:-1] for name in links if name.startswith("socket:")} & there


def test_a_reminder_arrives_at_the_relay(server, link):
    server.python(A_FOLLOW_UP)
    wait_until(lambda: server.inbox() or server.ended(), moving=lambda: server.processes.work("worker"))
    assert server.ended() == {}
    assert {json.loads(mail)["to"] for mail in server.inbox()} == {"ana@northgate.example"}


def test_the_data_folder_was_made_for_its_owner_only(server, link):
    data = server.folder / "data/of/its/own" if server.vendor == "postgresql" else server.tree / "var"
    assert oct(data.stat().st_mode & 0o777) == "0o700"


def test_what_running_md_says_of_updates_backup_and_restore_can_be_done(server, link):
    """Its blocks in their order; what was written after the backup is gone after the restore, and sending is held."""
    server.stop()
    document = (ROOT / "docs" / "running.md").read_text()
    server.env["DATA_DIR"] = server.env.get("DATA_DIR", str(server.tree / "var"))
    # A file of the site's own: the rows that stand in the document as an example.
    rows = re.search(
        r"^    system,code,snomed.*?(?=^$)", (ROOT / "docs" / "fhir.md").read_text(), re.DOTALL | re.MULTILINE
    )
    (server.tree / "map.csv").write_text(textwrap.dedent(rows.group()))
    todo = list(sections(document, server.vendor))
    run(server, [each for each in todo if each[0] != "Restore"])
    server.python(A_FOLLOW_UP.replace("Northgate", "Southbank").replace("northgate", "southbank"))
    assert "Southbank" in server.python(BOARDS)
    run(server, [each for each in todo if each[0] == "Restore"])
    assert "Southbank" not in server.python(BOARDS)
    assert "Northgate" in server.python(BOARDS)


def run(server, todo):
    assert todo
    for _, language, block in todo:
        server.sql(block) if language == "sql" else server.bash(block)


BOARDS = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django; django.setup()
from accounts.models import Board
print([board.name for board in Board.objects.all()])
"""


def sections(document, vendor):
    """(heading, language, block) of all that can be run here, after the first start, which the README tells."""
    wanted = {"sh", f"sh {vendor}"} | ({"sql"} if vendor == "postgresql" else set())
    parts = re.split(r"^## (.*)$", document, flags=re.MULTILINE)
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if heading == "The database role":
            continue
        for language, block in re.findall(r"^```([a-z ]*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            if language in wanted:
                yield heading, language, block


# What needs no server


def test_readme_units_and_container_start_what_the_procfile_starts():
    def bare(command):
        return re.sub(r"\s+--bind \S+|/srv/consilium/.venv/bin/", "", command.strip())

    wanted = {bare(command) for command in procfile().values()}
    assert {bare(line) for line in blocks("README.md", "sh")[1].splitlines()} == wanted
    units = re.findall(r"^ExecStart=(.*)$", "\n".join(blocks("docs/running.md", "ini")), re.MULTILINE)
    assert {bare(line) for line in units} == wanted


def test_every_block_of_running_md_says_what_it_is():
    """So that what can be run is run: `sh` and `sql` are, the rest belongs into a file or needs another machine."""
    found = re.findall(r"^```(.*)\n(?:.*\n)*?```$", (ROOT / "docs" / "running.md").read_text(), re.MULTILINE)
    assert set(found) <= {"sh", "sh sqlite", "sh postgresql", "sql", "ini", "nginx", "console", ""}
    assert {"sh", "sh sqlite", "sh postgresql", "sql"} <= set(found)


def test_the_proxy_lets_an_attachment_of_the_largest_size_through():
    (nginx,) = blocks("docs/running.md", "nginx")
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", nginx)
    from django.conf import settings

    assert int(megabytes) * 2**20 > settings.ATTACHMENT_MAX_BYTES
