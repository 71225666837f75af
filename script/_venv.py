"""Make the virtual environment and keep its packages at the locked versions. Standard library only."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from _children import ROOT, Children, say

VENV = Path(os.environ.get("VENV") or ROOT / ".venv").absolute()
PYTHON = str(VENV / "bin" / "python")
QUIET_PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}


def ensure_packages(children: Children, lock: str) -> None:
    """Install what the lock names into the environment, unless exactly that is installed already."""
    with _one_at_a_time(children):
        wanted = _fingerprint(lock)
        stamp = VENV / f".installed-{lock}"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        if not (VENV / "pyvenv.cfg").exists() or _run(children, [PYTHON, "-c", "import pip"], silent=True):
            _make_environment(children)
        say("Installing the locked packages (about half a minute) ...")
        # Packages are compiled when first used: that is quicker than compiling all of them now.
        options = ["-qq", "--no-compile", "--require-hashes"]
        if _run(children, [PYTHON, "-m", "pip", "install", *options, "-r", str(ROOT / lock)]):
            raise SystemExit(f"The packages in {lock} could not be installed; pip's message is above.")
        stamp.write_text(wanted)


def _fingerprint(lock: str) -> str:
    """Of the lock and of Python: any change installs again."""
    return hashlib.sha256(b"\0".join([sys.version.encode(), (ROOT / lock).read_bytes()])).hexdigest()


def take_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _one_at_a_time(children: Children) -> Iterator[None]:
    """Two commands started together must not build the same environment at once."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(VENV.parent, os.O_RDONLY)
    try:
        while not take_lock(folder):
            children.pause()
        yield
    finally:
        os.close(folder)


def _make_environment(children: Children) -> None:
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir()):
        raise SystemExit(f"{VENV} is not a virtual environment; move it away or set VENV to another folder.")
    say(f"Making the virtual environment in {VENV} ...")
    plain = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if not _run(children, plain, silent=True):
        return
    # Debian splits the part of venv that brings pip into a package of its own; an installed pip can stand in.
    without_pip = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    lend_pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "-q", "pip"]
    if not _run(children, without_pip, silent=True) and not _run(children, lend_pip, silent=True):
        return
    if install_system_packages(children, ["python3-venv"]) and not _run(children, plain):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    raise SystemExit("Python's venv is missing. Install it, then run this again:\n  sudo apt-get install python3-venv")


def install_system_packages(children: Children, packages: Sequence[str]) -> bool:
    """Install Debian packages where that is allowed; True when it worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {' '.join(packages)} with apt-get ...")
    with _services_held_back():
        _run(children, ["apt-get", "update"], silent=True)
        return not _run(children, ["apt-get", "install", "-y", "--no-install-recommends", *packages], silent=True)


@contextmanager
def _services_held_back() -> Iterator[None]:
    """Debian starts a server as soon as it is installed; the tests start private ones, so nothing else should run."""
    policy = Path("/usr/sbin/policy-rc.d")
    text = "#!/bin/sh\n# Held back while Consilium's test needs are installed.\nexit 101\n"
    ours = not policy.exists() or policy.read_text() == text
    if ours:
        policy.write_text(text)
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def _run(children: Children, argv: Sequence[str], *, silent: bool = False) -> int:
    env = {**os.environ, **QUIET_PIP, "DEBIAN_FRONTEND": "noninteractive"}
    return children.run(argv, env=env, silent=silent)
