"""Imports: what an upload would do, and that it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.access import get_board
from accounts.models import Board
from accounts.permissions import require
from careplans.api.filters import IdFilter, MomentFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.imports import (
    CarryOutBody,
    ImportBody,
    ImportedSerializer,
    ImportedWithPartsSerializer,
    ImportSerializer,
)
from careplans.importing.carrying_out import ACTION, apply, preview, read_upload
from careplans.importing.outcomes import Outcome, Part, Question
from careplans.importing.uploads import Told, Upload
from careplans.models import Import


class ImportFilter(django_filters.FilterSet):
    board = IdFilter()
    by = IdFilter(help_text="Imported by the person of this id.")
    at_after = MomentFilter(field_name="at", side="after")
    at_before = MomentFilter(field_name="at", side="before")


class ImportViewSet(ReadOnlyRows):
    """Uploads of other programs, to whoever may add and change patients; and what was imported, to whoever sees them."""

    noun = "imports"
    reads = "patients.view"
    leaves_out_text = False
    queryset = Import.objects.for_list()
    serializer_class = ImportedSerializer
    filterset_class = ImportFilter
    also_refuses: ClassVar[Mapping[str, tuple[str, ...]]] = {"preview": ("404",), "add": ("404", "409")}

    def recipe(self) -> Any:
        rows: Any = super().recipe()
        return rows if self.action == "list" else rows.with_parts()

    def get_serializer_class(self) -> type[BaseSerializer]:
        return ImportedWithPartsSerializer if self.action == "retrieve" else ImportedSerializer

    @extend_schema(request=ImportBody, responses=ImportSerializer)
    def preview(self, request: Request) -> Response:
        """What the upload would do, part by part. Nothing is saved; that somebody looked is on the audit trail."""
        require(self.person, ACTION)
        body = self.body(ImportBody)
        board, upload = self._upload(body)
        return Response(answer(preview(board, by=self.person, upload=upload), was_kept=False))

    @extend_schema(request=CarryOutBody, responses={200: ImportSerializer, 201: ImportSerializer})
    def add(self, request: Request) -> Response:
        """Carry it out as it was looked at: all of it or nothing. 409 where it would do something else by now; 200 and no change
        where the same was imported before."""
        require(self.person, ACTION)
        body = self.body(CarryOutBody)
        board, upload = self._upload(body)
        outcome = apply(board, by=self.person, upload=upload, digest=body["digest"], confirmed=body["confirmed"])
        return Response(answer(outcome, was_kept=True), status=201 if outcome.done else 200)

    def _upload(self, body: Mapping[str, Any]) -> tuple[Board, Upload]:
        board = get_board(self.person, body["board"], ACTION)
        return board, read_upload(board, format=body["format"], content=body["content"])


def answer(outcome: Outcome, *, was_kept: bool) -> dict[str, Any]:
    """Of a preview, rows that were taken back have no id."""
    row, upload = outcome.done or outcome.before, outcome.upload
    return {
        "id": row.pk if row else None, "format": upload.format, "sender": upload.source, "number": upload.number,
        "event": upload.event, "sent_at": upload.sent_at, "digest": outcome.digest,
        "can_apply": outcome.can_apply and not outcome.done,
        "was_imported": outcome.before is not None, "parts": [_part(part, was_kept=was_kept) for part in outcome.parts],
        "left_out": _each(outcome.left_out), "problems": _each(outcome.problems), "questions": _each(outcome.questions),
    }  # fmt: skip


def _each(told: Sequence[Told | Question]) -> list[dict[str, Any]]:
    return [asdict(one) for one in told]


def _part(part: Part, *, was_kept: bool) -> dict[str, Any]:
    shows = {"patient": was_kept or not part.is_new_patient, "case": was_kept or not part.is_new_case}
    return {
        "place": part.place, "kind": part.kind, "about": part.about, "does": part.does.value,
        "changes": [asdict(one) for one in part.changes], "notes": part.notes, "problems": _each(part.problems),
        "questions": _each(part.questions), "patient": part.patient.pk if part.patient and shows["patient"] else None,
        "case": part.case.pk if part.case and shows["case"] else None,
    }  # fmt: skip
