from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from careplans.api.modalities import ReferenceRows
from careplans.api.serializers.plan_templates import PlanTemplateSerializer
from careplans.models import PlanTemplateVersion


class PlanTemplateViewSet(ReferenceRows):
    """The templates in force, from which a plan may be started on its pages. They hold nothing of a patient."""

    noun = "plan-templates"
    leaves_out_text = False
    of_no_patient = True
    queryset = PlanTemplateVersion.objects.in_force().select_related("template")
    serializer_class = PlanTemplateSerializer

    def retrieve(self, request: Request, **place: Any) -> Response:
        return super().retrieve(request, template__slug=place["slug"])
