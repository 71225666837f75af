"""What is checked without running a test: style, format, templates, types, packages, migrations, deployment.

The one list of them: script/test, script/check and .pre-commit-config.yaml all go by it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from _children import ROOT, Children, Stopped, say
from _venv import PYTHON, VENV, ensure_packages

# A check must not reach an installation whose settings happen to be in the shell.
NOT_FROM_THE_SHELL = ("DATABASE_URL", "BROKER_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "DEMO", "DEBUG", "HTTPS")


class Check(NamedTuple):
    name: str
    argv: Sequence[str]
    # Django is asked as it runs in a hospital, where more is demanded than in the tests.
    in_hospital: bool = False


def checks() -> list[Check]:
    templates = [str(path) for path in sorted((ROOT / "templates").rglob("*.html"))]
    return [
        Check("style", [PYTHON, "-m", "ruff", "check", "."]),
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Check("templates", [str(VENV / "bin" / "djade"), "--check", "--target-version", "5.2", *templates]),
        Check("types", [PYTHON, "-m", "mypy", "."]),
        Check("packages", [PYTHON, str(ROOT / "script" / "lock"), "--check"]),
        Check("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], in_hospital=True),
        Check("deployment", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], in_hospital=True),
    ]


def main(names: Sequence[str]) -> int:
    wanted = [check for check in checks() if not names or check.name in names]
    unknown = set(names) - {check.name for check in wanted}
    if unknown:
        known = ", ".join(check.name for check in checks())
        raise SystemExit(f"There is no check {', '.join(sorted(unknown))}. There are: {known}")
    children = Children()
    with tempfile.TemporaryDirectory(prefix="consilium-check-") as folder:
        try:
            ensure_packages(children, "requirements-dev.lock")
            return 1 if run_checks(children, wanted, shell() | {"DATA_DIR": folder}) else 0
        except Stopped:
            say("Stopped.")
            return 130
        finally:
            children.stop()


def shell() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_FROM_THE_SHELL}


def run_checks(children: Children, wanted: Sequence[Check], env: Mapping[str, str]) -> list[str]:
    """Run them one after the other, and name those that failed."""
    return [check.name for check in wanted if not _passes(children, check, env)]


def _passes(children: Children, check: Check, env: Mapping[str, str]) -> bool:
    say(f"\n=== {check.name.capitalize()}")
    started = time.monotonic()
    if not children.run(check.argv, env=_hospital(env) if check.in_hospital else env):
        return True
    say(f"--- {check.name.capitalize()} FAILED after {time.monotonic() - started:.0f} s")
    return False


def _hospital(env: Mapping[str, str]) -> dict[str, str]:
    return {
        **env,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "only-for-this-check-" + os.urandom(32).hex(),
        "ALLOWED_HOSTS": "consilium.hospital.example",
        "BASE_URL": "https://consilium.hospital.example",
        "MAIL_FROM": "Consilium <consilium@hospital.example>",
    }
