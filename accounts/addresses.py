"""From where a request comes, as far as that can be known."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def address_of(request: HttpRequest) -> str:
    """The network address of whoever asks. Behind a proxy it is what the proxy says last: what stands left of that in the
    header, whoever asks may have written there.

    Of IPv6 the first 64 bits: one line of one house has as many addresses as it likes.
    """
    said = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        through = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        said = through[-min(settings.PROXIES, len(through))].strip() or said
    try:
        address = ip_address(said)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
    return str(address)
