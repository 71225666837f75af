"""How many calls a person may make in a minute, told with each answer (draft-ietf-httpapi-ratelimit-headers-10)."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import Throttled

from accounts.models import User
from accounts.services.call_counts import SECONDS, Counted, count_call

TOO_MANY = "You have made as many calls as a person may make in a minute. Wait as long as Retry-After says."


def counted(person: User) -> Counted | None:
    """Counts this call. Raises Throttled (429) where the minute is used up; None where nothing is limited."""
    if not settings.API_CALLS_PER_MINUTE:
        return None
    return count_call(person, most=settings.API_CALLS_PER_MINUTE)


def check(found: Counted | None) -> None:
    if found is not None and found.is_over:
        raise Throttled(found.seconds, TOO_MANY)


def tell(response: Any, found: Counted | None) -> None:
    if found is not None:
        response["RateLimit-Policy"] = f'"person";q={found.most};w={SECONDS}'
        response["RateLimit"] = f'"person";r={found.left};t={found.seconds}'
