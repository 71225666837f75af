"""Where a webhook may point: to a host of the open internet, over HTTPS, and to nothing inside.

Whoever registers an address could otherwise have this server ask what only it can reach: itself, its database, a cloud's metadata
(server-side request forgery). So the name is looked up here, each address behind it is judged, and the connection goes to an
address that was judged and to no other, at registration and again at every sending.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

LONGEST = 500
PORTS = {"https": 443, "http": 80}
# Addresses that carry another one inside, which no check would see; and those of a site (RFC 3879) and of relays that are no more
# (RFC 7526), which Python takes for the open internet.
CARRYING = [
    ipaddress.ip_network(one)
    for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10", "192.88.99.0/24")
]
# A name, or an address of either kind; what stands behind it is asked later.
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+")


class Unreachable(Exception):
    """There is no such host at the moment. It may be there later."""


class Forbidden(ValidationError):
    """No webhook goes there. Says why, to who registers it."""


@dataclass(frozen=True)
class Place:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_named(self) -> bool:
        """Whether the environment allows this host, wherever it is (WEBHOOK_HOSTS)."""
        return self.host.lower() in settings.WEBHOOK_HOSTS

    @property
    def header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_place(url: str) -> Place:
    """Raises Forbidden for what cannot be an address of a webhook, whatever stands behind it."""
    if len(url) > LONGEST or not url.isascii() or re.search(r"[\s\x00-\x1f\\]", url):
        raise Forbidden(f"Write an address of at most {LONGEST} characters, without blanks.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("This address cannot be read.") from None
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not NAME.fullmatch(host):
        raise Forbidden("Write an address that begins with https:// and the name of a host.")
    if "@" in parts.netloc or parts.fragment:
        raise Forbidden("Leave out user names, passwords and what follows a #.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    place = Place(parts.scheme, host, port or PORTS[parts.scheme], path)
    if place.scheme != "https" and not place.is_named:
        raise Forbidden("Use https://. Nothing else keeps the signature and the ids from being read on the way.")
    return place


def addresses_of(place: Place) -> list[str]:
    """The addresses behind it, each of the open internet unless the host is named. Raises Forbidden, Unreachable."""
    if settings.DEMO and not place.is_named:
        raise Forbidden("The demonstration reaches nobody outside, but for hosts that WEBHOOK_HOSTS names.")
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("There is no host of this name, or its name cannot be looked up now.") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not place.is_named and not all(map(is_open, addresses)):
        raise Forbidden(
            "This host is inside: a private, local or reserved network. Whoever runs Consilium can allow it (WEBHOOK_HOSTS)."
        )
    return addresses


def is_open(text: str) -> bool:
    """Whether an address is one of the open internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_open(str(address.ipv4_mapped))
    if any(address in network for network in CARRYING):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
