"""What script/test does: style, types, checks, then the tests on SQLite and on PostgreSQL with Redis and a browser.

pytest's own summary is the last line; the exit code tells whether anything failed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from _children import ROOT, Children, Stopped, say
from _servers import free_port, missing_packages, start_postgresql, start_redis
from _venv import PYTHON, VENV, ensure_packages, install_system_packages

ARTEFACTS = ROOT / "test-artefacts"
NOTHING_COLLECTED = 5
# The run must not reach an installation whose settings happen to be in the shell.
NOT_FROM_THE_SHELL = ("DATABASE_URL", "BROKER_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "DEMO", "DEBUG", "HTTPS")


def main(arguments: Sequence[str]) -> int:
    children = Children()
    # Removed last, when the servers that live in it have ended.
    with tempfile.TemporaryDirectory(prefix="consilium-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        try:
            return Suite(children, Path(folder)).run(arguments)
        except Stopped:
            say("Stopped.")
            return 130
        finally:
            children.stop()


class Suite:
    def __init__(self, children: Children, folder: Path) -> None:
        self.children = children
        self.folder = folder
        self.failed: list[str] = []
        shell = {name: value for name, value in os.environ.items() if name not in NOT_FROM_THE_SHELL}
        self.env = shell | {
            "DATA_DIR": str(folder / "data"),
            "TEST_SQLITE": str(folder / "test.sqlite3"),
            "TEST_ARTEFACTS": str(ARTEFACTS),
            "PATH": f"{VENV / 'bin'}{os.pathsep}{shell.get('PATH', os.defpath)}",
        }

    def run(self, arguments: Sequence[str]) -> int:
        self._prepare()
        services = self._start_services()
        if not arguments:
            self._check(services)
        on_sqlite = self._test("Tests on SQLite", ["-m", "not browser", *arguments], self.env)
        if self.failed:
            say(f"\nFailed so far: {', '.join(self.failed)}")
        # What touches no database has just run; with arguments, the person who asks decides.
        again = services if arguments else services | {"ONLY_DATABASE_TESTS": "1"}
        both = self._test("Tests on PostgreSQL and Redis, and in a browser", arguments, again)
        if on_sqlite == both == NOTHING_COLLECTED:
            return NOTHING_COLLECTED
        return 1 if self.failed else 0

    def _prepare(self) -> None:
        missing = missing_packages()
        if missing and not install_system_packages(self.children, missing):
            raise SystemExit(
                f"The tests need more. Install it, then run this again:\n  sudo apt-get install {' '.join(missing)}"
            )
        ensure_packages(self.children, "requirements-dev.txt")
        shutil.rmtree(ARTEFACTS, ignore_errors=True)
        ARTEFACTS.mkdir()

    def _check(self, services: Mapping[str, str]) -> None:
        templates = [str(path) for path in sorted((ROOT / "templates").rglob("*.html"))]
        self._step("Style", [PYTHON, "-m", "ruff", "check", "."])
        self._step("Format", [PYTHON, "-m", "ruff", "format", "--check", "."])
        if templates:
            self._step("Templates", [str(VENV / "bin" / "djade"), "--check", "--target-version", "5.2", *templates])
        self._step("Types", [PYTHON, "-m", "mypy", "."])
        hospital = _hospital(services)
        self._step("Migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], hospital)
        self._step("Deployment", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], hospital)

    def _step(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
        say(f"\n=== {name}")
        started = time.monotonic()
        code = self.children.run(argv, env=env or self.env)
        if code:
            self.failed.append(name)
            say(f"--- {name} FAILED after {time.monotonic() - started:.0f} s")
        return code

    def _test(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> int:
        say(f"\n=== {name}")
        # Each worker takes one half in its order, so that what a module makes once is made once, and then helps the other.
        side_by_side = ["-n", "2", "--dist", "worksteal", "--durations", "20"]
        code = self.children.run([PYTHON, "-m", "pytest", *side_by_side, *arguments], env=env)
        if code not in (0, NOTHING_COLLECTED):
            self.failed.append(name)
        return code

    def _start_services(self) -> dict[str, str]:
        database, broker = free_port(), free_port()
        start_postgresql(self.children, self.folder / "postgresql", database, self.env)
        start_redis(self.children, self.folder, broker, self.env)
        return self.env | {
            "DATABASE_URL": f"postgres://consilium@127.0.0.1:{database}/postgres",
            "BROKER_URL": f"redis://127.0.0.1:{broker}/0",
        }


def _hospital(env: Mapping[str, str]) -> dict[str, str]:
    """An environment like a hospital's."""
    return {
        **env,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "only-for-this-check-" + os.urandom(32).hex(),
        "ALLOWED_HOSTS": "consilium.hospital.example",
        "BASE_URL": "https://consilium.hospital.example",
    }
