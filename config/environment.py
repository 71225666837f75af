"""The one check of the environment, before anything else: each wrong value is one sentence with its name and an example.

The settings call it first, so every process does: web, worker, beat, `run_reminders`, any `manage.py` command. It reads
nothing but the values; config/start.py then looks whether the database lets us in.
"""

import logging
import os
import re
import sys
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from common.relay_lookup import relay_lookup
from config.together import contradictions

# What gunicorn takes as “the application cannot be loaded”: it ends, instead of trying again for ever.
CANNOT_START = 4
ON, OFF = frozenset({"1", "true", "on", "yes", "y", "ok"}), frozenset({"0", "false", "off", "no", "n"})
DATABASES = ("postgres", "postgresql", "pgsql", "psql", "sqlite")
MAILS = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
BROKERS = ("redis", "rediss", "redis+socket")
BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
KEY_LENGTH, KEY_DISTINCT = 32, 10
ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")

# What is wrong with a value, in words that go on after “NAME is …”; None when nothing is.
Fault = Callable[[str], str | None]


def switch(value: str) -> str | None:
    return None if value.strip().lower() in ON | OFF else "neither on nor off"


def is_on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().lower() in ON


def whole(least: int) -> Fault:
    def fault(value: str) -> str | None:
        is_number = re.fullmatch(r"\d{1,12}", value.strip(), re.ASCII) is not None
        return None if is_number and int(value) >= least else f"not a whole number of at least {least}"

    return fault


def one_of(*words: str) -> Fault:
    return lambda value: None if value in words else f"none of {', '.join(words)}"


def zone(value: str) -> str | None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return "no time zone of the IANA list"
    return None


def hosts(value: str) -> str | None:
    """Names as a browser sends them, without scheme, port and path."""
    names = listed(value)
    if not names:
        return "empty, so that nobody would be let in"
    if any("/" in name for name in names):
        return "not a list of bare host names: leave out https:// and any path"
    return None if all(HOST.fullmatch(name) for name in names) else "not a list of bare host names, without any port"


def origins(value: str) -> str | None:
    wrong = [each for each in listed(value) if web_address(each) or urlsplit(each).path]
    return "not a list of origins with scheme and without path" if wrong else None


def listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def web_address(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (a wrong port raises here)
    except ValueError:
        return "no address of a web page"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "no address that begins with https:// or http://"
    if parts.path.strip("/"):
        return "an address with a path: Consilium is served at the top of a host name of its own"
    return "more than scheme and host" if parts.query or parts.fragment or re.search(r"\s", value) else None


def sender(value: str) -> str | None:
    _, address = parseaddr(value)
    # parseaddr makes something of nearly everything, so what it found has to be all there is.
    rest = re.sub(r"\s*<?" + re.escape(address) + r">?\s*$", "", value, count=1) if address else value
    if not ADDRESS.fullmatch(address) or "@" in rest or any(c in value for c in "\r\n"):
        return "no e-mail address"
    try:
        # As name servers know it; where there is none, every mail would fail at it.
        address.rpartition("@")[2].encode("idna")
    except UnicodeError:
        return "no e-mail address: there is no such domain"
    return None


def service(schemes: tuple[str, ...], *, needs_host: bool) -> Fault:
    """An address such as smtp+tls://user:password@host:587. What a password did to it is told, and the password is not."""

    def fault(value: str) -> str | None:
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in schemes:
            return f"no address that begins with {', '.join(f'{each}://' for each in schemes)}"
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018
        except ValueError:
            return UNREADABLE
        if "#" in rest or BARE_PERCENT.search(rest) or re.search(r"\s", rest) or "@" in parts.path:
            return UNREADABLE
        return "without a host" if needs_host and not parts.hostname else None

    return fault


UNREADABLE = (
    "not readable: percent-encode the special characters of its password (%23 for #, %2F for /, %3F for ?, %40 for @,"
    " %25 for %)"
)


def database(value: str) -> str | None:
    found = service(DATABASES, needs_host=False)(value)
    if found or value.startswith("sqlite:"):
        return found
    return None if urlsplit(value).path.strip("/") else "without the name of a database at its end"


def broker(value: str) -> str | None:
    """Empty means none: `run_reminders` delivers."""
    return service(BROKERS, needs_host=False)(value) if value else None


def lookup(value: str) -> str | None:
    return "none of the ways to ask a relay" if relay_lookup(value) is None else None


def key(value: str) -> str | None:
    """systemd and podman read a file as it is written: there, $(…) is no command but a key that everybody knows."""
    if "$(" in value or "`" in value:
        return "a command and not what it prints: run it, and paste the result"
    if len(value.strip()) < KEY_LENGTH:
        return f"shorter than {KEY_LENGTH} characters, so that it can be guessed"
    return None if len(set(value)) >= KEY_DISTINCT else "made of a few characters only, so that it can be guessed"


# name: (what is wrong with a value, an example). A variable that is not here takes any text.
VALUES: dict[str, tuple[Fault, str]] = {
    "SECRET_KEY": (key, "<what openssl rand -base64 48 prints>"),
    "DEMO": (switch, "off"),
    "DEBUG": (switch, "off"),
    "HTTPS": (switch, "on"),
    "BEHIND_PROXY": (switch, "on"),
    "PROXIES": (whole(1), "1"),
    "SESSION_IDLE_MINUTES": (whole(2), "15"),
    "ALLOWED_HOSTS": (hosts, "consilium.hospital.example"),
    "BASE_URL": (web_address, "https://consilium.hospital.example"),
    "WEBHOOK_HOSTS": (hosts, "registry.hospital.example"),
    "CSRF_TRUSTED_ORIGINS": (origins, "https://other.example"),
    "DATABASE_URL": (database, "postgres://consilium:password@db.hospital.example:5432/consilium"),
    "DATABASE_POOL_SIZE": (whole(1), "8"),
    "DATABASE_PREPARE": (switch, "on"),
    "BROKER_URL": (broker, "redis://localhost:6379/0"),
    "EMAIL_URL": (service(MAILS, needs_host=True), "smtp+tls://user:password@relay.hospital.example:587"),
    "RELAY_LOOKUP": (lookup, "postfix:/var/log/mail.log"),
    "RELAY_LOOKUP_DAYS": (whole(1), "3"),
    "MAIL_FROM": (sender, "Consilium <consilium@hospital.example>"),
    "CENTRE_TIME_ZONE": (zone, "Europe/Berlin"),
    "REMINDER_LEASE_SECONDS": (whole(1), "120"),
    "REMINDER_TICK_SECONDS": (whole(1), "15"),
    "REMINDER_LANES": (whole(1), "4"),
    "API_CALLS_PER_MINUTE": (whole(0), "1200"),
    "ATTACHMENT_MAX_BYTES": (whole(1), "5242880"),
    "ATTACHMENT_MAX_PIXELS": (whole(1), "25000000"),
    "EXPORT_DAYS": (whole(1), "7"),
    "EXPORT_QUOTA_MB": (whole(1), "2000"),
    "SUMMARIES_FROM_PLANS": (whole(0), "10000"),
    "SUMMARY_MINUTES": (whole(1), "15"),
    "SUMMARY_MONTHS": (whole(0), "3"),
    "WEBHOOK_DAYS": (whole(1), "30"),
    "LOG_FORMAT": (one_of("line", "json"), "json"),
    "LOG_LEVEL": (one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"),
}
# Required, unless the demo or DEBUG serves this machine only.
REQUIRED = {
    "SECRET_KEY": "a long random text, the same for every process",
    "ALLOWED_HOSTS": "the names under which Consilium is reached",
    "BASE_URL": "the address under which Consilium is reached; links in e-mails point there",
    "MAIL_FROM": "the sender of every e-mail, an address that the relay takes",
}
# May hold a password or a key, so what it is stays out of the sentence, which ends up in a log.
SECRET = frozenset({"SECRET_KEY", "DATABASE_URL", "BROKER_URL", "EMAIL_URL", "RELAY_LOOKUP"})


def wrong_values(environ: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each variable that is missing or wrong; where none is, for those that do not go together."""
    found = [*_each(environ)]
    yield from found or contradictions(environ, on=_on(environ))


def _on(environ: Mapping[str, str]) -> frozenset[str]:
    """HTTPS is the rule: only the demo and DEBUG speak plain HTTP unasked."""
    on = {name for name in ("DEMO", "DEBUG", "HTTPS", "BEHIND_PROXY") if is_on(environ, name)}
    return frozenset(on if on & {"DEMO", "DEBUG"} or "HTTPS" in environ else on | {"HTTPS"})


def _each(environ: Mapping[str, str]) -> Iterator[str]:
    is_small = is_on(environ, "DEMO") or is_on(environ, "DEBUG")
    for name, meaning in REQUIRED.items():
        # A key may be empty in the demo only, which makes one for itself; so does DEBUG for nobody.
        is_needed = not is_on(environ, "DEMO") if name == "SECRET_KEY" else not is_small
        if is_needed and not environ.get(name, "").strip():
            example = f", for example {name}={VALUES[name][1]}" if name in VALUES else ""
            yield f"{name} is missing. Set it to {meaning}{example}."
    for name, (fault, example) in VALUES.items():
        if name not in environ or (name in REQUIRED and not environ[name].strip()):
            continue
        if found := fault(environ[name]):
            yield f"{name} is {_shown(name, environ[name], found)}. Set it, for example, to {name}={example}."


def _shown(name: str, value: str, found: str) -> str:
    if not value.strip():
        return f"empty; leave it out, or give it a value: an empty one is {found}" if name != "ALLOWED_HOSTS" else found
    return found if name in SECRET else f"{value[:80]!r}, which is {found}"


def own_folder(path: Path) -> str | None:
    """Make DATA_DIR, for its owner only; a sentence where that cannot be. An empty one of ours is closed to others, too."""
    example = (
        "Give it to the account that runs Consilium, or set DATA_DIR, for example, to DATA_DIR=/var/lib/consilium."
    )
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_uid == os.geteuid() and not any(path.iterdir()):
            path.chmod(0o700)
    except OSError as error:
        return f"DATA_DIR is {str(path)!r}, which cannot be used ({error.strerror}). {example}"
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return f"DATA_DIR is {str(path)!r}, which this account may not write to. {example}"
    return None


def refuse(sentences: list[str]) -> NoReturn:
    """End this process with these words and nothing else."""
    logging.raiseExceptions = False
    for sentence in sentences:
        sys.stderr.write(f"Consilium cannot start: {sentence}\n")
    sys.stderr.flush()
    raise SystemExit(CANNOT_START)


def check(environ: Mapping[str, str], data_dir: Path) -> None:
    found = list(wrong_values(environ))
    if not found and (fault := own_folder(data_dir)):
        found = [fault]
    if found:
        refuse(found)
