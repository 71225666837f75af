"""Read the environment, which config/environment.py has checked.

Every setting that differs between the demo, a small centre and a hospital comes through here; docs/running.md lists them.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent


class AsWritten:
    """The environment, in which a $ is a $: django-environ would take a key that begins with one for another variable."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name].replace("$", r"\$")


env = environ.Env()
env.ENVIRON = AsWritten()
env.escape_proxy = True


def checked_folder() -> Path:
    """Refuses every wrong value, then gives DATA_DIR, which is there and can be written."""
    path: Path = BASE_DIR / env.str("DATA_DIR", default="var")
    environment.check(os.environ, path)
    return path


def secret_key(*, demo: bool, data_dir: Path) -> str:
    """The environment's SECRET_KEY; only the demo may make one for itself, and then keeps it beside its data."""
    key: str = env.str("SECRET_KEY", default="")
    if key or not demo:
        return key
    path = data_dir / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def database(data_dir: Path) -> dict[str, Any]:
    """DATABASE_URL, or SQLite in DATA_DIR; each with the options that its durability needs."""
    config: dict[str, Any] = dict(
        env.db_url("DATABASE_URL", default=f"sqlite:///{quote(str(data_dir / 'consilium.sqlite3'))}")
    )
    config["ATOMIC_REQUESTS"] = False
    options: dict[str, Any] = config.setdefault("OPTIONS", {})
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that reads and then writes must not lose the race for the lock half-way.
        # FULL: a clinical row that was acknowledged survives a power cut.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    else:
        # The pool needs CONN_MAX_AGE=0; its size is per process.
        config["CONN_MAX_AGE"] = 0
        options["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8), "timeout": 20}
        if env.bool("DATABASE_PREPARE", default=True):
            options |= prepared(options["pool"])
    return config


def prepared(pool: dict[str, Any]) -> dict[str, Any]:
    """Options with which a statement is planned once for a connection. SQLite needs neither them nor psycopg."""
    from common.connections import PREPARE_THRESHOLD, PreparingConnection

    pool["connection_class"] = PreparingConnection
    return {"server_side_binding": True, "prepare_threshold": PREPARE_THRESHOLD}
