"""How each process of a server refuses to start: real processes, as the Procfile and docs/running.md start them."""

import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[2]
NOT_FROM_THE_SHELL = (
    "DATABASE_URL", "BROKER_URL", "EMAIL_URL", "DEMO", "DEBUG", "HTTPS", "TEST_SQLITE", "DJANGO_SETTINGS_MODULE",
)  # fmt: skip
# Nobody answers there.
NOWHERE = "127.0.0.1:1"
PROCESSES = {
    "web": ["-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0"],
    "worker": ["-m", "celery", "-A", "config", "worker"],
    "beat": ["-m", "celery", "-A", "config", "beat"],
    "loop": ["manage.py", "run_reminders"],
    "command": ["manage.py", "migrate", "--noinput"],
}
OTHERS = {
    "reference pages": ["manage.py", "load_reference_pages"],
    "migrations": ["manage.py", "showmigrations", "accounts"],
}


def start(process, tmp_path, **values):
    """How it ended, what it said, and how long that took."""
    shell = {name: value for name, value in os.environ.items() if name not in NOT_FROM_THE_SHELL}
    env = shell | {
        "SECRET_KEY": "only-for-this-test-0123456789-0123456789-0123456789",
        "ALLOWED_HOSTS": "consilium.hospital.example",
        "BASE_URL": "https://consilium.hospital.example",
        "MAIL_FROM": "Consilium <consilium@hospital.example>",
        "BROKER_URL": f"redis://{NOWHERE}/0",
        "DATA_DIR": str(tmp_path / "data"),
    }
    env |= values
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, *(PROCESSES | OTHERS)[process]],
        cwd=ROOT,
        env=env,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - begun


def refusals(said):
    return [line for line in said.splitlines() if line.startswith("Consilium cannot start:")]


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_a_wrong_value_with_one_sentence(process, tmp_path):
    code, said, _ = start(process, tmp_path, HTTPS="enabled")
    assert code == 4
    assert refusals(said) == [
        "Consilium cannot start: HTTPS is 'enabled', which is neither on nor off. Set it, for example, to HTTPS=on."
    ]
    assert "Traceback" not in said


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_a_folder_that_cannot_be(process, tmp_path):
    (tmp_path / "file").touch()
    code, said, _ = start(process, tmp_path, DATA_DIR=str(tmp_path / "file" / "data"))
    assert code == 4
    (sentence,) = refusals(said)
    assert "DATA_DIR" in sentence
    assert "Traceback" not in said


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_a_database_that_does_not_let_it_in(process, tmp_path, request):
    if connection.vendor != "postgresql":
        pytest.skip("there is nobody on SQLite who could refuse")
    request.getfixturevalue("db")
    wanted = connection.settings_dict
    place = f"{wanted['USER']}@{wanted['HOST']}:{wanted['PORT']}"
    code, said, seconds = start(process, tmp_path, DATABASE_URL=f"postgres://{place}/no_such_database")
    assert code == 4
    (sentence,) = refusals(said)
    assert 'database "no_such_database" does not exist' in sentence
    assert "DATABASE_URL=postgres://" in sentence
    assert "Traceback" not in said
    assert seconds < 20


def test_a_command_says_at_once_that_the_database_is_away(tmp_path):
    code, said, seconds = start("command", tmp_path, DATABASE_URL=f"postgres://consilium@{NOWHERE}/consilium")
    assert code == 4
    (sentence,) = refusals(said)
    assert "does not answer" in sentence
    assert "Traceback" not in said
    assert seconds < 20


@pytest.mark.parametrize("process", ["web", "worker", "beat", "loop", "reference pages"])
def test_every_process_refuses_a_database_that_is_not_migrated(process, tmp_path):
    code, said, _ = start(process, tmp_path)
    assert code == 4
    (sentence,) = refusals(said)
    assert re.fullmatch(
        r"Consilium cannot start: \d+ migrations are not applied to the database: run `python manage.py migrate`\.",
        sentence,
    )
    assert "Traceback" not in said


def test_a_command_that_looks_at_the_migrations_is_let_through(tmp_path):
    code, said, _ = start("migrations", tmp_path)
    assert (code, refusals(said)) == (0, [])


def as_if_migrated(tmp_path):
    """A database that says so of itself, which is quicker made than tables are."""
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "consilium.sqlite3")) as file:
        file.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)")
        rows = MigrationLoader(None).disk_migrations
        file.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-11-26')", rows)
        file.commit()


def test_web_refuses_to_start_before_its_style_sheets_are_there(tmp_path):
    as_if_migrated(tmp_path)
    code, said, _ = start("web", tmp_path, STATIC_ROOT=str(tmp_path / "static"))
    assert code == 4
    assert refusals(said) == [
        f"Consilium cannot start: style sheets and scripts are not in {tmp_path}/static: "
        "run `python manage.py collectstatic --noinput`."
    ]
    assert "Traceback" not in said


def test_what_gunicorn_says_of_an_error_is_one_log_entry_without_its_words(tmp_path):
    """It gives its logger a handler of its own before the program is loaded."""
    code = (
        "import logging, django; log = logging.getLogger('gunicorn.error'); log.propagate = False;"
        "log.addHandler(logging.StreamHandler()); django.setup()\n"
        "try: raise ValueError('Mrs Secret')\n"
        "except ValueError: log.exception('Error handling request %s', '/')"
    )
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, text=True, capture_output=True, timeout=60, check=True
    )
    (entry,) = done.stderr.splitlines()
    assert "error=ValueError" in entry
    assert "Secret" not in entry


def test_an_error_that_nobody_caught_is_one_log_entry_without_its_words(tmp_path):
    code = "from config.start import start; import django; django.setup(); start(migrated=False); raise ValueError('Mrs Secret')"
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env |= {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1
    (entry,) = done.stderr.splitlines()
    assert "error=ValueError" in entry
    assert "Secret" not in entry


def test_what_celery_writes_stays_one_entry_for_an_error():
    assert settings.CELERY_WORKER_REDIRECT_STDOUTS is False


@pytest.mark.parametrize("name", ["consilium.sqlite3", "consilium.sqlite3-wal", "consilium.sqlite3-shm"])
def test_the_sqlite_file_is_readable_by_its_owner_only(tmp_path, name):
    """Also one that an earlier version made for everybody."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "consilium.sqlite3").touch(mode=0o644)
    code = (
        "from config.start import start; import django, os; django.setup(); start(migrated=False);"
        "from django.db import connection; connection.cursor().execute('CREATE TABLE t (a)'); os._exit(0)"
    )
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "ALLOWED_HOSTS")}
    env |= {"DATA_DIR": str(tmp_path / "data"), "DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, timeout=60, check=True)
    assert oct((tmp_path / "data" / name).stat().st_mode & 0o777) == "0o600"


def test_a_key_that_begins_with_a_dollar_is_a_key(monkeypatch):
    from config.env import secret_key

    monkeypatch.setenv("SECRET_KEY", r"$a\$b$c")
    assert secret_key(demo=False, data_dir=Path("/nowhere")) == r"$a\$b$c"


def test_a_password_with_every_special_character_arrives(monkeypatch):
    from urllib.parse import quote

    from config.env import database

    password = "p#s/s?w@o%r:d+$&= [ü]"
    parts = urlsplit("postgres://db.hospital.example/consilium")
    url = urlunsplit(parts._replace(netloc=f"consilium:{quote(password, safe='')}@{parts.netloc}"))
    monkeypatch.setenv("DATABASE_URL", url)
    assert database(Path("/nowhere"))["PASSWORD"] == password
