from rest_framework import serializers

from careplans.api.fields import Body, WholeNumber
from careplans.models import Monitoring
from careplans.models.courses import LONGEST_INTERVAL
from careplans.models.monitoring import LATEST_DAY


class MonitoringSerializer(serializers.ModelSerializer):
    """A follow-up that hangs on a step: on each of its cycles, or on its course."""

    class Meta:
        model = Monitoring
        fields = ("id", "kind", "title", "when", "days_after", "interval", "interval_unit")
        read_only_fields = fields


class NewMonitoring(Body):
    days_after = WholeNumber(required=False, allow_null=True, min_value=0, max_value=LATEST_DAY)
    interval = WholeNumber(required=False, allow_null=True, min_value=1, max_value=LONGEST_INTERVAL)

    class Meta:
        model = Monitoring
        fields = ("kind", "title", "when", "days_after", "interval", "interval_unit")


class MonitoringRemoval(serializers.Serializer):
    line = WholeNumber(min_value=1, help_text="Its id, as the step shows it in `monitoring`.")
