"""A private PostgreSQL and a private Redis for one run of the tests, on free ports, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from _children import Children
from _patience import Patience

# Each need of the tests: the Debian package that brings it, and the commands that show it is there.
NEEDS = {
    "postgresql": ("initdb", "postgres"),
    "redis-server": ("redis-server",),
    "chromium": ("chromium",),
    "nodejs": ("node",),
    "npm": ("npm",),
}
# Lost data is no loss here, and waiting for the disk costs most of the time.
FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def missing_packages() -> list[str]:
    missing = [package for package, commands in NEEDS.items() if not all(map(_find, commands))]
    # The browser alone brings whatever font the system has; the widths that are tested are those of a usual one.
    return [*missing, "fonts-liberation"] if "chromium" in missing else missing


def _find(command: str) -> str | None:
    """Debian keeps PostgreSQL's servers out of PATH; the newest version wins."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    return shutil.which(command, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_postgresql(children: Children, data: Path, port: int, env: Mapping[str, str], *, fast: bool = True) -> None:
    make_postgresql(children, data, env)
    serve_postgresql(children, data, port, env, options=FAST if fast else ())


def make_postgresql(children: Children, data: Path, env: Mapping[str, str]) -> None:
    """An empty cluster in the new folder `data`."""
    data.mkdir()
    data.parent.chmod(0o711)
    as_owner, initdb = _as_unprivileged(data), _find("initdb")
    if not initdb:
        raise SystemExit("PostgreSQL's initdb was not found.")
    options = ["-U", "consilium", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    if children.run([*as_owner, initdb, "-D", str(data), *options], env=env, silent=True):
        raise SystemExit("PostgreSQL's initdb failed.")


def serve_postgresql(
    children: Children, data: Path, port: int, env: Mapping[str, str], *, options: Sequence[str] = ()
) -> None:
    """Serve the cluster in `data`; also again, after it was stopped."""
    as_owner, postgres = _as_unprivileged(data), _find("postgres")
    if not postgres:
        raise SystemExit("PostgreSQL's postgres was not found.")
    place = ["-D", str(data), "-k", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    quiet = ["-c", "max_connections=200", "-c", "log_min_messages=fatal"]
    children.start("postgres", [*as_owner, postgres, *place, *quiet, *options], env=env)
    _wait_for(children, "postgres", port, lambda: _is_ready(data))


def _as_unprivileged(data: Path) -> list[str]:
    """PostgreSQL refuses to run as root: give the folder to an account without rights, and run as that."""
    if os.geteuid() != 0:
        return []
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    os.chown(data, account.pw_uid, account.pw_gid)
    identity = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
    # Changing the account unties the process from its parent: tie it again. SIGINT ends open connections too.
    return ["setpriv", *identity, "--pdeathsig", "INT", "--"]


def start_redis(children: Children, folder: Path, port: int, env: Mapping[str, str]) -> None:
    program = _find("redis-server")
    if not program:
        raise SystemExit("redis-server was not found.")
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--appendonly", "no", "--save", ""]
    children.start(
        "redis", [program, *options, "--loglevel", "warning", "--logfile", str(folder / "redis.log")], env=env
    )
    _wait_for(children, "redis", port)


def _is_ready(data: Path) -> bool:
    """PostgreSQL opens its port before it lets anybody in, and writes into this file when it does."""
    lines = (data / "postmaster.pid").read_text().splitlines()
    return len(lines) > 7 and lines[7].strip() == "ready"


def _wait_for(children: Children, name: str, port: int, is_ready: Callable[[], bool] = lambda: True) -> None:
    patience = Patience()
    while not patience.is_over(children.work(name)):
        ended = children.first_ended()
        if ended:
            raise SystemExit("{} ended with code {} while starting.".format(*ended))
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            if is_ready():
                return
        except OSError:
            pass
        children.pause()
    raise SystemExit(f"{name} does not answer on port {port}, and has done nothing for {patience.idle:.0f} seconds.")
