"""Read the environment, and fail loudly where it is wrong.

Every setting that differs between the demo, a small centre and a hospital comes through here; docs/running.md lists them.
"""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent


def secret_key(*, demo: bool, data_dir: Path) -> str:
    """The environment's SECRET_KEY; only the demo may make one for itself, and then keeps it beside its data."""
    key: str = env.str("SECRET_KEY", default="")
    if key:
        return key
    if not demo:
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text; it has no default outside the demo.")
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
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
        data_dir.mkdir(parents=True, exist_ok=True)
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
    return config


def broker_url() -> str:
    """BROKER_URL of Redis or Valkey; empty means that no broker is used and run_reminders delivers."""
    url: str = env.str("BROKER_URL", default="")
    if url and not url.startswith(("redis://", "rediss://", "redis+socket://")):
        raise ImproperlyConfigured("BROKER_URL must begin with redis://, rediss:// or redis+socket://.")
    return url
