"""The parts of script/ that need neither a database nor a network."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.patience import wait_until, work_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def demo_data(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    import _demo_data

    return _demo_data


@pytest.fixture
def lock(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    import _lock

    return _lock


def variables_read():
    found = set()
    for path in (ROOT / "config").glob("*.py"):
        if path.name != "settings_test.py":
            found |= set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', path.read_text()))
    return found


def variables_documented():
    return set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "running.md").read_text(), re.MULTILINE))


def test_every_variable_of_the_settings_is_documented():
    assert variables_read() == variables_documented()


def test_the_demo_takes_no_installation_s_settings_from_the_shell(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    import _demo

    harmless = {
        "DATA_DIR",
        "DATABASE_POOL_SIZE",
        "DATABASE_PREPARE",
        "DEMO",
        "LOG_LEVEL",
        "REMINDER_TICK_SECONDS",
        "REMINDER_LEASE_SECONDS",
        "REMINDER_LANES",
        "LOG_FORMAT",
        # Whoever gives it to the demo wants to see the question before the end.
        "SESSION_IDLE_MINUTES",
    }
    assert variables_read() - harmless <= _demo.NOT_FROM_THE_SHELL


def test_the_demo_can_be_given_a_short_session(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    import _demo
    from _demo_data import DataFolder

    monkeypatch.setenv("SESSION_IDLE_MINUTES", "2")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    given = _demo._environment(DataFolder(tmp_path), 8000)
    assert given["SESSION_IDLE_MINUTES"] == "2" and "DATABASE_URL" not in given


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "8000.5", "８０００"])
def test_it_refuses_a_port_that_is_none(demo_data, text):
    with pytest.raises(SystemExit, match="PORT"):
        demo_data.port_from(text)


def test_it_says_that_a_port_is_taken(demo_data):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} cannot be used"):
            demo_data.check_port(port)
    demo_data.check_port(port)


def test_the_socket_is_in_the_data_folder(demo_data):
    assert demo_data.socket_path(Path("/srv/demo")) == Path("/srv/demo/broker.sock")


@pytest.mark.parametrize("name", ["x" * 100, "ä" * 50, "with space", "100%", "a#b", "a?b"])
def test_a_socket_path_that_cannot_be_an_address_is_replaced(demo_data, name):
    path = demo_data.socket_path(Path("/srv") / name)
    assert str(path).startswith("/tmp/consilium-")
    assert len(str(path)) <= demo_data.LONGEST_SOCKET_PATH
    path.parent.rmdir()


def test_reset_removes_only_what_the_demo_made(demo_data, tmp_path):
    (tmp_path / "static" / "css").mkdir(parents=True)
    for name in ["consilium.sqlite3", "consilium.sqlite3-wal", "secret_key", "notes.txt", "static/css/site.css"]:
        (tmp_path / name).touch()
    demo_data.DataFolder(tmp_path).clear()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_demo_leaves_foreign_data_alone(demo_data, tmp_path):
    (tmp_path / "consilium.sqlite3").touch()
    with pytest.raises(SystemExit, match="did not make"):
        demo_data.DataFolder(tmp_path).take(None, address="http://localhost:8000")


def test_a_second_demo_on_the_same_data_is_refused(demo_data, tmp_path):
    first = demo_data.DataFolder(tmp_path)
    first.take(None, address="http://localhost:8123")
    with pytest.raises(SystemExit, match="http://localhost:8123"):
        demo_data.DataFolder(tmp_path).take(None, address="http://localhost:8124")
    first.release()
    again = demo_data.DataFolder(tmp_path)
    again.take(None, address="http://localhost:8124")
    again.release()


PARENT = """
import os, signal, sys
# The tests may run under nohup, which is inherited, and which the script respects.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.path.insert(0, {folder!r})
from _children import Children, Stopped
children = Children()
# Each child leaves a child of its own; the second one dies when the file is there that it is told of, so that all four
# are known by then: on a busy machine it would be gone before the first one has said anything.
dies = 'until [ -e "$1" ]; do sleep 0.1; done; exit 3'
for name, end in (("one", "wait"), ("two", dies if sys.argv[1] else "wait")):
    started = "sleep 600 & echo child $!; echo leader $$; " + end
    children.start(name, ["/bin/sh", "-c", started, name, sys.argv[1]], env=dict(os.environ))
try:
    while not children.first_ended():
        children.pause()
except Stopped:
    pass
children.stop()
"""


def start_parent(dies_with=""):
    code = PARENT.format(folder=str(ROOT / "script"))
    parent = subprocess.Popen([sys.executable, "-c", code, str(dies_with)], stdout=subprocess.PIPE, text=True)
    lines = [parent.stdout.readline().split() for _ in range(4)]
    pids = {kind: [int(line[-1]) for line in lines if line[-2] == kind] for kind in ("leader", "child")}
    return parent, pids


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def running_after_a_while(pids):
    def running():
        return [pid for pid in pids if is_running(pid)]

    wait_until(lambda: not running(), moving=running)
    return running()


def code_of(parent):
    """How it ended; None when it has not, and does nothing any more."""
    wait_until(lambda: parent.poll() is not None, moving=lambda: work_of(parent.pid))
    return parent.poll()


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_one_signal_ends_every_process(number):
    parent, pids = start_parent()
    parent.send_signal(number)
    assert running_after_a_while(pids["leader"] + pids["child"]) == []
    assert code_of(parent) == 0


@linux
def test_one_process_that_dies_ends_all(tmp_path):
    parent, pids = start_parent(dies_with=tmp_path / "die")
    (tmp_path / "die").touch()
    assert running_after_a_while(pids["leader"] + pids["child"]) == []
    assert code_of(parent) == 0


@linux
def test_kill_9_of_the_parent_ends_its_processes():
    parent, pids = start_parent()
    parent.kill()
    assert running_after_a_while(pids["leader"]) == []
    # A shell does not pass the signal on; gunicorn, Celery and Valkey end their own children.
    for child in pids["child"]:
        os.kill(child, signal.SIGKILL)


def test_the_locks_fit_the_requirements(lock):
    assert list(lock.faults_of(ROOT)) == []


def test_every_locked_file_can_be_verified(lock):
    for name in lock.SOURCES:
        assert len(lock.HASH.findall((ROOT / name).read_text())) > len(lock.pins((ROOT / name).read_text())) > 50


HASH = "--hash=sha256:" + "0" * 64


def write_locked(folder, **texts):
    """One package at run time and one for tests, locked as they should be; each text replaces a file."""
    files = {
        "requirements.txt": "# The web.\nDjango==5.2.19\n",
        "requirements-dev.txt": "-r requirements.txt\npytest==9.2.0\n",
        "requirements.lock": f"django==5.2.19 \\\n    {HASH}\n    # via -r requirements.txt\n",
        "requirements-dev.lock": f"django==5.2.19 \\\n    {HASH}\n    # via\n    #   -r requirements.txt\n"
        f"pytest==9.2.0 \\\n    {HASH}\n    # via -r requirements-dev.txt\n",
    }
    for name, text in files.items():
        (folder / name).write_text(texts.get(name, text))
    return files


def test_locks_that_fit_are_accepted(lock, tmp_path):
    write_locked(tmp_path)
    assert list(lock.faults_of(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("requirements.txt", "5.2.19", "5.2.20", "requirements.lock has django 5.2.19, and 5.2.20 is wanted"),
        ("requirements.txt", "==5.2.19", ">=5.2", "requirements.txt has a line that pins nothing: Django>=5.2"),
        ("requirements.txt", "Django==5.2.19", "", "because requirements.txt asked for it, which it no longer does"),
        (
            "requirements.lock",
            "django",
            f"sqlparse==0.5.5 {HASH}\ndjango",
            "requirements-dev.lock has sqlparse not at all",
        ),
        ("requirements.lock", HASH, "", "requirements.lock has no hash of django"),
        (
            "requirements.lock",
            "django",
            "--index-url https://packages.hospital.example\ndjango",
            "pins nothing: --index-url",
        ),
        ("requirements-dev.lock", "pytest==9.2.0", "mypy==2.4.1", "requirements-dev.lock has pytest not at all"),
    ],
)
def test_a_lock_that_does_not_fit_is_named(lock, tmp_path, name, old, new, said):
    good = write_locked(tmp_path)
    write_locked(tmp_path, **{name: good[name].replace(old, new)})
    assert said in " ".join(lock.faults_of(tmp_path))


def test_every_check_has_its_hook(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    import _checks

    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == [f"script/check {check.name}" for check in _checks.checks()]
    assert [hook["id"] for hook in local["hooks"]] == [check.name for check in _checks.checks()]
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
