from collections.abc import Iterator

from careplans.api.fhir.datatypes import Resource, instant, meta, ref
from careplans.api.fhir.terms.systems import ACT, CHANNEL
from careplans.models import OutboxMessage, Reminder


def communications(row: Reminder) -> Iterator[Resource]:
    """A reminder that went out, by each of its channels. What it said holds no patient data, and is not kept."""
    for message in row.messages.all():
        if message.status == OutboxMessage.Status.SENT:
            yield {
                "resourceType": "Communication",
                "id": f"message-{message.pk}",
                "meta": meta(message.sent_at, synthetic=row.is_synthetic),  # type: ignore[attr-defined]  # annotated
                "status": "completed",
                "category": [ACT.concept("reminder")],
                "medium": [CHANNEL.concept(message.channel)],
                "subject": ref("Patient", row.patient),  # type: ignore[attr-defined]  # annotated
                "about": [
                    ref("ServiceRequest", f"step-{row.step_id}" if row.step_id else None),
                    ref("ServiceRequest", f"followup-{row.follow_up_id}" if row.follow_up_id else None),
                    ref("Task", f"signature-{row.signature_id}" if row.signature_id else None),
                    ref("CarePlan", row.plan_id),
                ],
                "sent": instant(message.sent_at),
                "recipient": [ref("Practitioner", message.recipient_id)],
            }
