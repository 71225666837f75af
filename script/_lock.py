"""What script/lock does: name every package that is installed, those that packages bring along too, with its hashes.

requirements*.txt are written by people: what the project itself needs, and why. The locks are made from them, and both are
what script/demo, script/test and a hospital install from. Standard library only.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from _children import ROOT, say

# Needed by this command alone, so it is no package of the project.
RESOLVER = "uv==0.13.9"
# The oldest Python of pyproject.toml: what only that one needs is in the lock too. uv names the hashes of every file of a
# version, whatever machine it is for.
OPTIONS = ["--python-version", "3.11.0", "--python-platform", "linux", "--generate-hashes", "--no-header", "--quiet"]
SOURCES = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}
# Tests must run with exactly what a hospital runs with.
WITHIN = {"requirements-dev.lock": ["--constraint", "requirements.lock"]}

PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/lock", description="Make the locks from requirements*.txt.")
    parser.add_argument("--check", action="store_true", help="only say whether they fit; asks no index")
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of what no requirement pins")
    options = parser.parse_args(arguments)
    if not options.check:
        _make(upgrade=options.upgrade)
    faults = list(faults_of(ROOT))
    for fault in faults:
        say(fault)
    say("Run script/lock." if faults else "The locks fit the requirements.")
    return 1 if faults else 0


def _make(*, upgrade: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="consilium-lock-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([f"{folder}/bin/pip", "install", "-qq", "--disable-pip-version-check", RESOLVER], check=True)
        for lock, source in SOURCES.items():
            options = [*OPTIONS, *WITHIN.get(lock, []), *["--upgrade"] * upgrade]
            resolve = [f"{folder}/bin/uv", "pip", "compile", *options, source, "--output-file", lock]
            subprocess.run(resolve, check=True, cwd=ROOT)
            path = ROOT / lock
            path.write_text(f"# Made by script/lock from {source}; change that.\n{path.read_text()}")


def faults_of(folder: Path) -> Iterator[str]:
    """What does not fit between the requirements and the locks, each as a sentence."""
    locked: dict[str, str] = {}
    for lock, source in SOURCES.items():
        text, asked_for = (folder / lock).read_text(), _requirements(folder / source)
        # The lock for tests comes second and must hold all of the first.
        wanted, locked = locked | pins(asked_for), pins(text)
        for name, version in wanted.items():
            if locked.get(name) != version:
                yield f"{lock} has {name} {locked.get(name, 'not at all')}, and {version} is wanted."
        for name in sorted(_asked_for(text) - set(pins(asked_for))):
            yield f"{lock} has {name} because {source} asked for it, which it no longer does."
        yield from _loose(source, asked_for)
        yield from _loose(lock, HASH.sub("", text))
        yield from (f"{lock} has no hash of {name}." for name in _without_hash(text))


def pins(text: str) -> dict[str, str]:
    """The version of each package, by its name as an index writes it."""
    found = (PIN.match(line) for line in text.splitlines())
    return {_plain(match[1]): match[2] for match in found if match}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(path: Path) -> str:
    """The file with those that it includes."""
    include = re.compile(r"^-r (\S+)$", re.MULTILINE)
    return include.sub(lambda match: _requirements(path.parent / match[1]), path.read_text())


def _entries(lock: str) -> Iterator[tuple[str, str]]:
    """Each package of a lock with its lines: hashes, and who asked for it."""
    for entry in re.split(r"\n(?=\S)", lock):
        if match := PIN.match(entry):
            yield _plain(match[1]), entry


def _asked_for(lock: str) -> set[str]:
    return {name for name, entry in _entries(lock) if re.search(r"#.* -r requirements", entry)}


def _without_hash(lock: str) -> list[str]:
    return [name for name, entry in _entries(lock) if not HASH.search(entry)]


def _loose(name: str, text: str) -> Iterator[str]:
    """A line that is no exact pin: a range, or an index, which is each installation's own affair."""
    for line in text.splitlines():
        pin = line.split("#")[0].strip(" \\")
        if pin and not PIN.fullmatch(pin):
            yield f"{name} has a line that pins nothing: {pin}"
