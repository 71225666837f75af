"""What script/pictures does: a demo of its own in a folder that goes again, a browser that looks at it. Standard library only."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from _children import ROOT, Children, Stopped, say
from _patience import Patience
from _servers import free_port
from _venv import PYTHON, ensure_packages

FOLDER = ROOT / "docs" / "pictures"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/pictures", description="Take the pictures of docs/pictures/ anew.")
    parser.add_argument("--only", metavar="NAME", help="only those whose name begins so")
    parser.add_argument("--into", metavar="FOLDER", type=Path, default=FOLDER, help="another folder")
    options = parser.parse_args(arguments)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        raise SystemExit("A browser is missing. Install it, then run this again:\n  sudo apt-get install chromium")
    children = Children()
    with tempfile.TemporaryDirectory(prefix="consilium-pictures-", ignore_cleanup_errors=True) as data:
        try:
            ensure_packages(children, "requirements-dev.lock")
            return _take(children, data, chromium, options.into.absolute(), options.only or "")
        except Stopped:
            say("Stopping ...")
            return 1
        finally:
            # Before its folder goes.
            children.stop()


def _take(children: Children, data: str, chromium: str, into: Path, only: str) -> int:
    port = free_port()
    shell = {**os.environ, "DATA_DIR": data, "PORT": str(port)}
    children.start("demo", [str(ROOT / "script" / "demo")], env=shell)
    patience = Patience()
    while not _answers(port):
        if children.first_ended() or patience.is_over(children.work("demo")):
            raise SystemExit("The demo did not start; its messages are above.")
        children.pause()
    looking = {**shell, "DEMO": "1", "CHROMIUM": chromium, "BASE_URL": f"http://localhost:{port}"}
    return children.run([PYTHON, str(ROOT / "script" / "_shots.py"), str(into), only], env=looking)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/live/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
