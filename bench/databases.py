"""The boards that are measured: made once, kept, and never measured themselves. Each version serves a copy that it migrates."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
SERVE = "import django; django.setup(); from bench.serving import main; main()"


class Base:
    """A board of one size on one kind of database, in the folder that `--keep` names."""

    def __init__(self, kind: str, plans: int, keep: Path) -> None:
        self.kind, self.plans, self.folder = kind, plans, keep / str(plans)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = beside(str(plans)) if kind == "postgresql" else ""

    def make(self) -> None:
        done = self.folder / f"{self.kind}.made"
        if done.exists():
            return
        if self.url:
            # One that was not finished is made anew.
            on_server(f'DROP DATABASE IF EXISTS "{name_of(self.url)}"')
            on_server(f'CREATE DATABASE "{name_of(self.url)}"')
        serving = Serving(self.plans, ROOT, self.folder, self.url)
        serving.manage("migrate", "--noinput", "-v", "0")
        serving.manage("seed_demo", "--plans", str(self.plans))
        words = "VACUUM ANALYZE" if self.url else "ANALYZE"
        serving.manage(
            "shell", "-v", "0", "-c", f"from django.db import connection; connection.cursor().execute('{words}')"
        )
        done.touch()

    @contextmanager
    def served(self, root: Path, label: str, passing: Path, **env: str) -> Iterator["Serving"]:
        """A copy, served by the version in the folder `root`; gone afterwards."""
        folder = passing / f"{label}_{self.plans}"
        folder.mkdir()
        url = beside(f"{self.plans}_{label}") if self.url else ""
        if url:
            on_server(f'DROP DATABASE IF EXISTS "{name_of(url)}"')
            on_server(f'CREATE DATABASE "{name_of(url)}" TEMPLATE "{name_of(self.url)}"')
        else:
            shutil.copy(self.folder / "consilium.sqlite3", folder)
        serving = Serving(self.plans, root, folder, url, **env)
        try:
            serving.start()
            yield serving
        finally:
            serving.stop()
            if url:
                on_server(f'DROP DATABASE "{name_of(url)}" WITH (FORCE)')


class Serving:
    """The process that answers for one version on one database."""

    def __init__(self, plans: int, root: Path, folder: Path, url: str, **env: str) -> None:
        self.plans, self.root, self.process = plans, root, None
        told = {"DEMO": "1", "DATA_DIR": str(folder), "STATIC_ROOT": str(folder / "static"), "LOG_LEVEL": "ERROR"}
        told |= {"PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "config.settings", "METRICS_TOKEN": "bench"}
        self.env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | told | env
        self.env |= {"DATABASE_URL": url} if url else {}

    def manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=self.root, env=self.env, check=True)

    def start(self) -> None:
        self.manage("migrate", "--noinput", "-v", "0")
        self.manage("collectstatic", "--noinput", "-v", "0")
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=self.root, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip

    def ask(self, *words: Any) -> Any:
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The process for {self.plans} plans has ended; its message is above.")
        return json.loads(line)

    def first_request(self) -> float:
        """CPU of the first request in a process that has loaded the application as gunicorn does, and has forked."""
        cookie = self.ask("cookie")
        told = subprocess.run(
            [sys.executable, "-m", "bench.first", cookie], cwd=self.root, env=self.env, check=True, capture_output=True, text=True
        )  # fmt: skip
        return float(told.stdout)

    def stop(self) -> None:
        if self.process:
            self.process.stdin.close()
            self.process.wait()


@contextmanager
def worktree_of(commit: str, passing: Path) -> Iterator[Path]:
    """That commit's product, with the bench of this one: both versions are asked the same."""
    folder = passing / "before"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--detach", "--quiet", str(folder), commit], check=True)
    try:
        shutil.rmtree(folder / "bench", ignore_errors=True)
        shutil.copytree(ROOT / "bench", folder / "bench")
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def beside(ending: str) -> str:
    """The address of a database beside the one that DATABASE_URL_BENCH names."""
    parts = urlsplit(os.environ["DATABASE_URL_BENCH"])
    return urlunsplit(parts._replace(path=f"/{parts.path.strip('/') or 'bench'}_{ending}"))


def name_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


def on_server(statement: str) -> None:
    import psycopg

    parts = urlsplit(os.environ["DATABASE_URL_BENCH"])
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(statement)
