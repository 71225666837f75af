"""Values of the environment each of which is right, and which do not go together: links into nothing, a demo in a hospital."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.http.request import validate_host

LOCAL = ("localhost", ".localhost", "127.0.0.1", "[::1]")


def contradictions(environ: Mapping[str, str], *, on: frozenset[str]) -> Iterator[str]:
    """`on`: the switches that are, by what is written or by default."""
    base = urlsplit(environ.get("BASE_URL", ""))
    hosts = [part.strip().lower() for part in environ.get("ALLOWED_HOSTS", "").split(",") if part.strip()]
    host = _as_allowed(base.hostname or "")
    if "DEMO" in on:
        outside = [name for name in (host, *hosts) if name and not validate_host(name, LOCAL)]
        asked = sorted({"HTTPS", "BEHIND_PROXY"} & on)
        if outside or asked:
            with_what = f"{asked[0]} is on, too" if asked else f"the address is {outside[0]!r}"
            yield (
                f"DEMO is on and {with_what}: a demo has invented patients, sends no e-mail and serves this machine only. "
                "Leave DEMO out, or start the demo by script/demo."
            )
        return
    if host and hosts and not validate_host(host, hosts):
        yield (
            f"BASE_URL is at {host!r}, which is not in ALLOWED_HOSTS: no link in an e-mail would open. "
            f"Set, for example, ALLOWED_HOSTS={host}."
        )
    if base.scheme == "http" and "HTTPS" in on:
        yield (
            "BASE_URL begins with http://, and HTTPS is on. Set it, for example, to "
            f"BASE_URL=https://{base.netloc}, or HTTPS=off on a test machine where nobody works."
        )


def _as_allowed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
