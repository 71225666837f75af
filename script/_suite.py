"""What script/test does: style, types, checks, what differs on SQLite, then all tests on PostgreSQL with Redis and a browser.

pytest's own summary is the last line; the exit code tells whether anything failed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL

from _checks import checks, run_checks, shell
from _children import ROOT, Children, Stopped, say
from _servers import free_port, missing_packages, start_postgresql, start_redis
from _venv import PYTHON, VENV, ensure_packages, install_system_packages

ARTEFACTS = ROOT / "test-artefacts"
FHIR = ROOT / "tests" / "careplans" / "fhir" / "node"
# Beside the packages of Python, and gone with them.
FHIR_CHECKS = VENV / "fhir-checks"
NOTHING_COLLECTED = 5
# Each has a database of its own, and most of a processor to do.
WORKERS = min(max(2, os.cpu_count() or 2), 4)


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
        self.env = shell() | {
            "DATA_DIR": str(folder / "data"),
            "TEST_SQLITE": str(folder / "test.sqlite3"),
            "TEST_ARTEFACTS": str(ARTEFACTS),
            "FHIR_CHECKS": str(FHIR_CHECKS),
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    def run(self, arguments: Sequence[str]) -> int:
        self._prepare()
        services = self._start_services()
        if not arguments:
            self.failed += self._check(services)
        # All of them on PostgreSQL, and what is not the same on SQLite there, too (tests/on_both.py); with arguments, the person
        # who asks decides.
        twice = self.env if arguments else self.env | {"ONLY_WHAT_DIFFERS": "1"}
        on_sqlite = self._test("Tests on SQLite", ["-m", "not browser", *arguments], twice)
        if self.failed:
            say(f"\nFailed so far: {', '.join(self.failed)}")
        on_postgresql = self._test("Tests on PostgreSQL and Redis, and in a browser", arguments, services)
        if on_sqlite == on_postgresql == NOTHING_COLLECTED:
            return NOTHING_COLLECTED
        return 1 if self.failed else 0

    def _check(self, services: Mapping[str, str]) -> list[str]:
        """Meanwhile the other processor migrates an empty database of each kind, for which the tests would wait. Whatever is
        wrong with one of them the tests say."""
        for name, env in (("empty on SQLite", self.env), ("empty on PostgreSQL", services)):
            one = [PYTHON, "-m", "pytest", "-q", "-n", "0", "tests/test_databases.py"]
            self.children.start(name, one, env=env, output=DEVNULL)
        failed = run_checks(self.children, checks(), services)
        for name in ("empty on SQLite", "empty on PostgreSQL"):
            self.children.wait(name)
        return failed

    def _prepare(self) -> None:
        missing = missing_packages()
        if missing and not install_system_packages(self.children, missing):
            raise SystemExit(
                f"The tests need more. Install it, then run this again:\n  sudo apt-get install {' '.join(missing)}"
            )
        ensure_packages(self.children, "requirements-dev.lock")
        self._prepare_fhir_checks()
        shutil.rmtree(ARTEFACTS, ignore_errors=True)
        ARTEFACTS.mkdir()

    def _prepare_fhir_checks(self) -> None:
        """What the FHIR tests take from npm, once: as long as the lock is the same, nobody asks the registry again."""
        kept = FHIR_CHECKS / "package-lock.json"
        wanted = FHIR / "package-lock.json"
        if kept.exists() and kept.read_bytes() == wanted.read_bytes() and (FHIR_CHECKS / "node_modules").exists():
            return
        say("Installing the FHIR validator of npm ...")
        FHIR_CHECKS.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FHIR / name, FHIR_CHECKS / name)
        options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--prefix", str(FHIR_CHECKS)]
        if self.children.run(["npm", "ci", *options], env=self.env):
            raise SystemExit(
                "npm could not install what tests/careplans/fhir/node/package-lock.json names. Is it online?"
            )

    def _test(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> int:
        say(f"\n=== {name}")
        # Each worker takes its part in its order, so that what a module makes once is made once, and then helps the others.
        side_by_side = ["-n", str(WORKERS), "--dist", "worksteal", "--durations", "20"]
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
