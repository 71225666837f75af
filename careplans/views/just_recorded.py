"""The offer to undo what somebody has just recorded, as far as its minute goes."""

from typing import Any

from django.utils import timezone

from accounts.http import SignedInRequest
from careplans.models import RecentAct
from careplans.services.recent_acts import Recorded, seconds_left, why_not


def shown_act(request: SignedInRequest, act: RecentAct | None) -> dict[str, Any]:
    now = timezone.now()
    if act is None or why_not(act, request.user, now):
        return {"act": None}
    return {"act": act, "seconds": seconds_left(act, now)}


def act_just_recorded(request: SignedInRequest) -> dict[str, Any]:
    """For a page to which somebody was led after recording without script: the offer to undo it. No query on any other visit."""
    pk = request.GET.get("recorded", "")
    if not pk.isdecimal() or len(pk) > 18:
        return {}
    act = RecentAct.objects.visible_to(request.user).for_undo().filter(pk=pk, by=request.user).first()
    shown = shown_act(request, act)
    return shown | {"said": "Recorded. If that was a mistake, undo it within a minute."} if shown["act"] else {}


def led_to(address: str, recorded: Recorded, anchor: str = "") -> str:
    """Where somebody is led after recording: there the offer stands."""
    asked = f"?recorded={recorded.act.pk}" if recorded.act else ""
    return f"{address}{asked}{anchor}"
