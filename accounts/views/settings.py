from copy import copy

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.forms.settings import SettingsForm
from accounts.http import SignedInRequest
from accounts.models import Absence, CalendarKey
from accounts.permissions import memberships_of
from accounts.services.absences import today_on
from accounts.services.calendars import calendar_used_at
from accounts.services.settings import change_settings


def settings(request: SignedInRequest) -> HttpResponse:
    # A copy: the form writes what was typed into its instance, and the page's header shows the person's name.
    form = SettingsForm(request.POST or None, instance=copy(request.user))
    if form.is_valid():
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        change_settings(request.user, by=request.user, changes=changes)
        messages.success(request, "Your settings were saved.")
        return redirect("accounts:settings")
    boards = [membership.board for membership in memberships_of(request.user)]
    absences = Absence.objects.filter(person=request.user).for_settings(today_on(boards))
    key = CalendarKey.objects.filter(user=request.user).first()
    context = {
        "nav": "settings", "form": form, "memberships": memberships_of(request.user), "absences": absences,
        "calendar_key": key, "calendar_used_at": calendar_used_at(key) if key else None,
    }  # fmt: skip
    return render(request, "accounts/settings/settings.html", context)
