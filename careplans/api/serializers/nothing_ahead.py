"""What comes next, as a caller says it: asked for where a verb would leave a case in care with nothing ahead."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from careplans.api.fields import Day, PersonId
from careplans.api.serializers.bodies import Reason
from careplans.models import Kind
from careplans.services.nothing_ahead import packed

NEXT_KINDS = [kind for kind in Kind.choices if kind[0] != Kind.OTHER]
NEXT = "The next dated thing of the case: what, when and with whom. Needed together where nothing else lies ahead, or a reason."


class AheadBody(serializers.Serializer):
    next_kind = serializers.ChoiceField(choices=NEXT_KINDS, required=False, help_text=NEXT)
    next_on = Day(required=False, allow_null=True)
    next_assignee = PersonId(required=False, allow_null=True)
    nothing_ahead_reason = serializers.CharField(
        required=False, allow_blank=True, help_text="Instead of a date: why nothing is planned."
    )
    look_again_on = Day(
        required=False, allow_null=True,
        help_text="When the reason is looked at again; without it, when the time that the board has set is over.",
    )  # fmt: skip


class ReasonAndNext(AheadBody, Reason):
    pass


def asking(service: Callable[..., object]) -> Callable[..., object]:
    """The service with what comes next in one value, as it takes it."""

    def ask(row: Any, **values: Any) -> object:
        return service(row, **packed(values))

    return ask
