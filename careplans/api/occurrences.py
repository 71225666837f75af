import django_filters

from careplans.api.access import VisibleRows
from careplans.api.filters import ChangedSince, DayFilter, IdFilter
from careplans.api.serializers.occurrences import (
    CorrectGiven,
    CorrectGivenOtherwise,
    CorrectOmitted,
    OccurrenceGive,
    OccurrenceGiveOtherwise,
    OccurrenceOmit,
    OccurrencePostpone,
    OccurrenceSerializer,
    TakeBack,
)
from careplans.api.verbs import verb
from careplans.models import Occurrence
from careplans.services import occurrence_corrections, occurrence_progress


class OccurrenceFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    step = IdFilter()
    status = django_filters.MultipleChoiceFilter(choices=Occurrence.Status.choices, distinct=False)
    planned_before = DayFilter(field_name="planned_on", lookup_expr="lt")
    planned_after = DayFilter(field_name="planned_on", lookup_expr="gt")
    given_before = DayFilter(field_name="given_on", lookup_expr="lt")
    given_after = DayFilter(field_name="given_on", lookup_expr="gt")
    updated_since = ChangedSince()


class OccurrenceViewSet(VisibleRows):
    """Cycles, sessions and administrations of steps, and what became of each. Writes count the version of the row."""

    noun = "occurrences"
    reads = "plans.view"
    queryset = Occurrence.objects.all().for_api()
    written = Occurrence.objects.select_related("step__plan")
    serializer_class = OccurrenceSerializer
    filterset_class = OccurrenceFilter
    orders = ("updated_at", "planned_on")

    give = verb(occurrence_progress.give_occurrence, "steps.deliver", OccurrenceGive, says="It was given as planned.")
    give_otherwise = verb(
        occurrence_progress.give_otherwise, "steps.deliver", OccurrenceGiveOtherwise, says="It was given otherwise."
    )
    postpone = verb(
        occurrence_progress.postpone_occurrence, "steps.deliver", OccurrencePostpone, says="Give it another day."
    )
    omit = verb(occurrence_progress.omit_occurrence, "steps.deliver", OccurrenceOmit, says="Leave it out for good.")

    correct_as_given = verb(
        occurrence_corrections.correct_as_given, "steps.deliver", CorrectGiven,
        says="What was recorded is wrong: it was given as planned, on this day.",
    )  # fmt: skip
    correct_as_otherwise = verb(
        occurrence_corrections.correct_as_otherwise, "steps.deliver", CorrectGivenOtherwise,
        says="What was recorded is wrong: it was given otherwise, on this day.",
    )  # fmt: skip
    correct_as_omitted = verb(
        occurrence_corrections.correct_as_omitted, "steps.deliver", CorrectOmitted,
        says="What was recorded is wrong: it was left out.",
    )  # fmt: skip
    take_back = verb(
        occurrence_corrections.take_back_occurrence, "steps.deliver", TakeBack,
        says="It was entered in error, and is still to be given. Refused where something later rests on it.",
    )  # fmt: skip
