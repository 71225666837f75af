"""What a form brought, carried on: shown to whoever typed it, and sent again by one button."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from common.once import NAME

# The kept row that is sent now (`accounts.services.typed`).
KEPT_ROW = "kept-row"
# No part of what somebody typed; a password is never kept, and never shown.
TOKENS = frozenset({"csrfmiddlewaretoken", NAME, KEPT_ROW})
# What a page sends along for itself, or a button says.
_BY_BUTTONS = frozenset({"next", "confirmed", "keep", "take", "shown", "another_than"})


def is_unseen(name: str) -> bool:
    return name.startswith(("base-", "version")) or name.endswith("_version") or name in _BY_BUTTONS


@dataclass(frozen=True)
class Carried:
    path: str
    """Where it was sent."""
    page: str
    """Where the form stood."""
    values: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Names of files: they themselves are lost, and have to be chosen again."""
    has_passwords: bool = False

    @property
    def is_worth_keeping(self) -> bool:
        """Somebody typed, chose or ticked something. Of a button alone nothing is lost; “Sign out” is one."""
        return bool(self.typed or self.files or self.has_passwords)

    @property
    def typed(self) -> list[tuple[str, str]]:
        """For people to read."""
        told = [
            (name, value)
            for name, value in self.values
            if value.strip() and not is_unseen(name) and not name.endswith("_FORMS")
        ]
        return [(name.rpartition("-")[2].replace("_", " ").capitalize(), value) for name, value in told]


def carried_by(request: HttpRequest) -> Carried:
    lists = [(name, [str(one) for one in values]) for name, values in request.POST.lists() if name not in TOKENS]
    return Carried(
        path=request.get_full_path(),
        page=page_of(request),
        values=[(name, one) for name, several in lists if "password" not in name for one in several],
        files=[one.name or "" for _, several in request.FILES.lists() for one in several],
        has_passwords=any("password" in name and any(several) for name, several in lists),
    )


def page_of(request: HttpRequest) -> str:
    """The page on which the form stood, as an address of this site; empty where the browser does not say."""
    said = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if not said or not url_has_allowed_host_and_scheme(said, allowed_hosts=hosts, require_https=request.is_secure()):
        return ""
    parts = urlsplit(said)
    path = parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else ""
    return f"{path}?{parts.query}" if path and parts.query else path
