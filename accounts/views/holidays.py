from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import get_board
from accounts.forms.holidays import HolidayForm, HolidayListForm
from accounts.http import SignedInRequest
from accounts.models import Holiday
from accounts.pages import attempt
from accounts.services.holidays import MOST_AHEAD, add_holidays, remove_holiday


def holidays(request: SignedInRequest, pk: int) -> HttpResponse:
    """The days off that lie ahead; one is added by its form, several by pasting."""
    board = get_board(request.user, pk, "board.configure")
    pasted = "lines" in request.POST
    one = HolidayForm(None if pasted else request.POST or None)
    several = HolidayListForm(request.POST if pasted else None)
    form: HolidayForm | HolidayListForm = several if pasted else one
    if request.method == "POST" and form.is_valid():
        with attempt(request, form) as outcome:
            added = add_holidays(board, form.days, by=request.user)
        if outcome.ok:
            messages.success(
                request, f"{added} day{'' if added == 1 else 's'} off added. Reminders ahead move with them."
            )
            return redirect("accounts:holidays", board.pk)
    rows = Holiday.objects.filter(board=board).ahead(board.today)[:MOST_AHEAD]
    context = {"nav": "board", "shown": board, "one": one, "several": several, "refused": form, "rows": rows}
    return render(request, "accounts/holidays/list.html", context, status=400 if request.method == "POST" else 200)


@require_POST
def holiday_remove(request: SignedInRequest, pk: int, holiday: int) -> HttpResponse:
    board = get_board(request.user, pk, "board.configure")
    row = Holiday.objects.select_related("board").filter(pk=holiday, board=board).first()
    if row is None:
        messages.info(request, "That day was removed already.")
    else:
        remove_holiday(row, by=request.user)
        messages.success(request, f"{row} is a working day again. Reminders ahead move with it.")
    return redirect("accounts:holidays", board.pk)
