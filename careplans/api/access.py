"""The API's side of the one door: a row reaches an endpoint only through `accounts.access`, and leaves a read event.

Outside a person's boards a row does not exist (404); on their board a role may be too small for it (403).
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as Refusal
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.access import count_visible, get_board, get_visible, list_visible, set_boards
from accounts.models import Board, User
from accounts.permissions import can, require
from accounts.services.call_counts import Counted
from accounts.services.sent import Claimed
from careplans.api import within
from careplans.api.bodies import check_takes_all, sent_as
from careplans.api.choices import with_choices
from careplans.api.filters import DeclaredFilters
from careplans.api.free_text import without_text
from careplans.api.http import once, rates
from careplans.api.http.authentication import BearerAuthentication, TokenAuthentication
from careplans.api.http.conditional import tagged
from careplans.api.http.errors import Collision, Stale, VersionMissing
from careplans.api.http.etags import etag, names, names_version, names_version_alone
from careplans.api.http.negotiation import JSON, LaterNegotiation, form_of
from careplans.api.http.parsers import JSONParser
from careplans.api.lists.answering import AnswersLists
from careplans.api.lists.asked import OF_LISTS, cut, fields_of, order_of
from careplans.api.lists.changed_order import first_changed
from careplans.api.lists.whole import Listing
from careplans.api.masking import masked_answer
from careplans.api.openapi.schema import ConsiliumSchema
from careplans.api.paging import KeyPaging
from careplans.api.plainly import plain, plain_rows
from careplans.api.reach import check_scopes, scopes_of
from careplans.deidentified.reader import AS_IT_IS, Reader
from common import asked
from common.forms import WholeNumber
from common.once import AlreadySent, bound
from common.paging import Page, first_rows
from common.writing import MEANWHILE

Rows = list[dict[str, Any]]


class Door(AnswersLists, GenericViewSet):
    """Who comes in, and in what form: JSON, and a list also whole. A token, or the session of a page with its CSRF token."""

    authentication_classes = (TokenAuthentication, BearerAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = LaterNegotiation
    filter_backends = (DeclaredFilters,)
    pagination_class = KeyPaging
    metadata_class = None
    schema = ConsiliumSchema()

    noun: ClassVar[str]
    leaves_out_text: ClassVar[bool] = True
    """False where whoever comes in may read all of it: patients, reference pages, tokens."""
    of_no_patient: ClassVar[bool] = False
    """True where no answer is of a patient: only then is one given within a reporting project that did not go through `told`."""
    paged_actions: ClassVar[tuple[str, ...]] = ("list",)
    """Those that answer in pages and take the filters of the noun."""
    orders: ClassVar[tuple[str, ...]] = ()
    """By what its list may be ordered beside the id: what an index serves, and is null in no row."""
    is_ordered: ClassVar[bool] = True
    """False where there is one order alone."""
    reads_by_post: ClassVar[tuple[str, ...]] = ()
    """Those that change nothing, although they are a POST: what they are asked is no matter for an address."""
    also_refuses: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By action, statuses beside those that its address, its method and its verb let one expect."""
    paging = KeyPaging()
    form = JSON
    claim: Claimed | None = None
    calls: Counted | None = None
    has_masked = False
    reader: Reader = AS_IT_IS
    """How rows are told to the caller: within their reporting project, where they read in one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with bound():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_scopes(self, request.user, request.method or "")
        self.calls = rates.counted(self.person) if request.user.is_authenticated else None
        rates.check(self.calls)
        within.enter(self, request)
        self.form = self.form_wanted(request)
        self.claim = once.begin(request)

    def form_wanted(self, request: Request) -> str:
        """Raises NotAcceptable where there is no form that the caller likes."""
        return form_of(request, self.forms, self.elsewhere)

    def handle_exception(self, exc: Exception) -> Response:
        """What the same call has done already is no refusal, also where it was done while this one was under way."""
        if isinstance(exc, once.Again):
            return exc.response
        response = None if isinstance(exc, AlreadySent) else super().handle_exception(exc)
        if self.claim is None or self.claim.is_claimed or (response is not None and response.status_code >= 500):
            return response or super().handle_exception(exc)
        try:
            found = once.answered(self.claim)
        except APIException as refusal:
            return super().handle_exception(refusal)
        return found or response or super().handle_exception(Collision(MEANWHILE))

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        if within.is_untold(self, response):
            response = self.handle_exception(PermissionDenied(within.NOT_TOLD))
        answer = super().finalize_response(request, response, *args, **kwargs)
        rates.tell(answer, self.calls)
        if len(self.forms) > 1:
            patch_vary_headers(answer, ("Accept",))
        if request.method == "GET" and answer.status_code == 200:
            answer = tagged(request, answer)
        if self.claim is not None and self.claim.is_claimed and isinstance(answer, Response):
            once.keep(self.claim, answer)
        return answer

    def scopes_needed(self, method: str) -> list[str]:
        """What a limited token must have for this operation (`accounts.scopes`)."""
        return scopes_of(self, method)

    @property
    def list_takes(self) -> frozenset[str]:
        """What may be asked of this list beside its filters."""
        if self.action not in self.paged_actions:
            return frozenset()
        return OF_LISTS if self.is_ordered else OF_LISTS - {"order"}

    @property
    def person(self) -> User:
        user: User = self.request.user  # type: ignore[assignment]  # IsAuthenticated has been asked
        return user

    def body(self, serializer_class: type[BaseSerializer], *, partial: bool = False) -> dict[str, Any]:
        """The body of this request, checked. A field that the serializer does not take is refused."""
        serializer = serializer_class(data=self.request.data, partial=partial, context=self.get_serializer_context())
        check_takes_all(serializer, self.request.data)
        if not serializer.is_valid():
            raise Refusal(with_choices(serializer, serializer.errors))
        values: dict[str, Any] = serializer.validated_data
        asked.confirm(values.pop(asked.NAME, ()))
        if partial and not values:
            raise ValidationError("Send at least one field to change.")
        return values

    def served(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """What the serializer of the noun says of each."""
        return plain_rows(self.get_serializer_class(), rows, self.get_serializer_context())

    def told(self, serializer_class: type[BaseSerializer], data: Any, board: Board | int | None, of: Any = None) -> Any:
        """What the caller is told of a row of this board, or of several: without free text and names, where they may not read
        them there, and masked within a reporting project. Every answer about a board goes through here. `of`: the row that it
        is about, so that its days are shifted with its patient."""
        if self.reader.is_masked and not self.of_no_patient:
            self.has_masked = True
            return masked_answer(serializer_class, data, within.to(self, board, of))
        reads_all = not self.leaves_out_text or can(self.person, "text.view", board)
        return data if reads_all else without_text(serializer_class, data)


class VisibleRows(Door):
    """List and detail of one noun. `queryset` is only a recipe: every row is fetched through the door."""

    tagged_actions: ClassVar[tuple[str, ...]] = ("retrieve",)
    reads: ClassVar[str]
    """The action, in the permission table, that opens these rows."""
    changed_class: ClassVar[type[BaseSerializer] | None] = None
    """What a write answers with, where that says more than a read does."""
    written: ClassVar[Any] = None
    """The rows as a verb takes them, where that is less than is shown: a service reads its row again, under the lock."""

    def list(self, request: Request) -> HttpResponseBase:
        require(self.person, self.reads)
        return self.listed(request, self.recipe())

    def listed(self, request: Request, recipe: Any) -> HttpResponseBase:
        """These rows, filtered as the address asks."""
        rows: Any = self.filter_queryset(recipe)
        board = self.filter_board()
        order = order_of(request, self.orders)
        first = first_changed(self.noun) if "changed_at" in order[0] else first_rows

        def page(params: Any, size: int) -> Page:
            return list_visible(
                rows, self.person, self.reads, order=order, params=params, board=board, size=size, first=first
            )

        listing = Listing(
            kind=rows.model._meta.model_name or "", serializer_class=self.get_serializer_class(), page=page,
            tell=self.rows_told, count=lambda: count_visible(rows, self.person, self.reads, board=board),
            leaves_out_text=self.leaves_out_text, board=board.pk if board else None,
        )  # fmt: skip
        return self.answer_list(request, listing, order)

    def filter_board(self) -> Board | None:
        """The board that the caller filters by: 404 when they are not on it, 403 when their role is too small."""
        wanted = WholeNumber(required=False).clean(self.request.query_params.get("board", ""))
        return None if wanted is None else get_board(self.person, wanted, self.reads)

    def rows_told(self, rows: Sequence[Any]) -> Rows:
        """What the caller is told of rows that came through the door, each as its own board allows: in lists and files alike."""
        self.load(rows)
        within.know(self, rows)
        found = zip(rows, self.served(rows), strict=True)
        return [self.told(self.get_serializer_class(), data, row.board_id, row) for row, data in found]

    def retrieve(self, request: Request, pk: int) -> Response:
        fields, row = fields_of(request, self.get_serializer_class()), self.visible(pk)
        return self.tagged(row, self.represent(row), fields=fields)

    def recipe(self) -> Any:
        """The rows as this endpoint shows them, before the door: never to be answered with."""
        return self.get_queryset()

    def load(self, rows: Sequence[Any]) -> None:
        """Read what is served with these rows, which only a serializer is given then."""

    def visible(self, pk: int) -> Any:
        return get_visible(self.recipe(), self.person, self.reads, pk=pk)

    def to_change(self, pk: int) -> Any:
        """Through the same door, for a verb."""
        return self.visible(pk) if self.written is None else get_visible(self.written, self.person, self.reads, pk=pk)

    def subject(self, row: Any) -> Any:
        """What of the row is shown and versioned: the row itself, but for the proforma of a case."""
        return row

    def represent(self, row: Any, *, after_write: bool = False) -> dict[str, Any]:
        serializer_class = (after_write and self.changed_class) or self.get_serializer_class()
        # Of its own: what `load` hangs on it is nothing for a service.
        served = copy(row)
        self.load([served])
        data = plain(serializer_class, self.subject(served), self.get_serializer_context())
        told: dict[str, Any] = self.told(serializer_class, data, row.board_id, row)
        return told

    def version_of(self, row: Any) -> int:
        return int(self.subject(row).version)

    def tagged(self, row: Any, data: dict[str, Any], *, status: int = 200, fields: Sequence[str] = ()) -> Response:
        """Of the whole row, also where few fields of it were asked for."""
        return Response(cut(data, fields), status=status, headers={"ETag": etag(self.version_of(row), data)})

    # Writing

    def source(self, rows: type["VisibleRows"]) -> "VisibleRows":
        """The endpoint of another noun: a step is added to a plan."""
        return rows(request=self.request, format_kwarg=self.format_kwarg, action="retrieve")

    def seen(self, row: Any) -> int:
        """The version that stands, when If-Match names it or the whole answer as it would be now: otherwise 428 or 412."""
        header = self.request.headers.get("If-Match", "")
        if not names_version(header):
            raise VersionMissing
        if names_version_alone(header, self.version_of(row)):
            return self.version_of(row)
        shown = row if self.written is None else self.fresh(row.pk)
        version = self.version_of(shown)
        if not names_version_alone(header, version) and not names(header, etag(version, self.represent(shown))):
            raise self.stale(shown)
        return version

    def stale(self, row: Any) -> Stale:
        """What stands now, and which of the fields that were sent differ from it."""
        current, version = self.represent(row), self.version_of(row)
        sent = self.request.data if isinstance(self.request.data, dict) else {}
        differs = sorted(name for name, value in sent.items() if name in current and sent_as(current[name]) != value)
        return Stale(version=version, etag=etag(version, current), current=current, differs=differs)

    def answer(self, pk: int, *, message: str = "", status: int = 200) -> Response:
        """The row as it stands after a write; the door was passed before it."""
        self.subject(row := self.fresh(pk)).message = message
        return self.tagged(row, self.represent(row, after_write=True), status=status)

    def fresh(self, pk: int) -> Any:
        row = self.recipe().visible_to(self.person).get(pk=pk)
        set_boards([row], self.person)
        return row
