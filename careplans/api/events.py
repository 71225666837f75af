import django_filters

from careplans.api.filters import IdFilter, MomentFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.events import KINDS, EventSerializer
from careplans.models import Event


class EventFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    plan = IdFilter()
    step = IdFilter()
    follow_up = IdFilter(help_text="Of the follow-up of this id.")
    kind = django_filters.MultipleChoiceFilter(
        choices=KINDS, distinct=False, help_text="Of this kind; may be repeated."
    )
    by = IdFilter(help_text="Done by the person of this id.")
    at_after = MomentFilter(field_name="at", side="after")
    at_before = MomentFilter(field_name="at", side="before")


class EventViewSet(ReadOnlyRows):
    """What happened to cases, as rows: each line of each timeline. A row never changes."""

    noun = "events"
    reads = "cases.view"
    queryset = Event.objects.all().for_api()
    serializer_class = EventSerializer
    filterset_class = EventFilter
