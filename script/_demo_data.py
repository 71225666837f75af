"""The demo's folder, lock, port and socket."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from pathlib import Path

from _children import Children, say
from _venv import take_lock

DATABASE = "consilium.sqlite3"
# Everything the demo makes in its folder besides the lock; --reset removes this and nothing else.
MADE_BY_THE_DEMO = (
    f"{DATABASE}*",
    "secret_key",
    "static",
    "celerybeat-schedule*",
    "broker.sock",
    "broker.log",
    "logins.txt",
)
# A Unix socket's path holds 107 bytes; and in an address, only these characters need no escaping.
LONGEST_SOCKET_PATH = 107
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class DataFolder:
    """DATA_DIR with its lock. The lock file also marks the data as the demo's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = -1
        self.socket = path / "broker.sock"

    def take(self, children: Children, *, address: str) -> None:
        """Hold the lock until every process of this demo is gone: they inherit it."""
        marker = self.path / "demo.lock"
        if (self.path / DATABASE).exists() and not marker.exists():
            raise SystemExit(f"{self.path} holds data that the demo did not make. Set DATA_DIR to another folder.")
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = os.open(marker, os.O_RDWR | os.O_CREAT, 0o600)
        if not take_lock(self.lock):
            self._refuse_if_alive(marker.read_text())
            say("Waiting for the demo that was running here to end ...")
        while not take_lock(self.lock):
            children.pause()
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, f"{os.getpid()} {address}".encode(), 0)
        self.socket = socket_path(self.path)

    def _refuse_if_alive(self, text: str) -> None:
        """A demo that was killed may still be ending; only a living one is a reason to give up."""
        number, _, address = text.partition(" ")
        if number.isdigit() and _is_alive(int(number)):
            raise SystemExit(f"A demo runs on {self.path} already: {address} (process {number}). Stop it first.")

    def clear(self) -> None:
        for pattern in MADE_BY_THE_DEMO:
            for path in self.path.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def release(self) -> None:
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1
        if self.socket.parent != self.path:
            shutil.rmtree(self.socket.parent, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def port_from(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def check_port(port: int) -> None:
    """Say so now, rather than after half a minute of setting up."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            other = port + 1 if 1024 <= port < 65535 else 8001
            advice = f"Set another one, for example:\n  PORT={other} script/demo"
            raise SystemExit(f"Port {port} cannot be used ({error.strerror}). {advice}") from error


def socket_path(data: Path) -> Path:
    """Where the broker listens: in DATA_DIR if such a path can be an address, else in a private folder."""
    path = data / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(path)):
        return path
    # Not tempfile's own choice of folder: TMPDIR may be just as long.
    return Path(tempfile.mkdtemp(prefix="consilium-", dir="/tmp")) / "broker.sock"
