"""The trials that the centre lists on its trials page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from modalities.forms.trials import RegisterForm, TrialForm
from modalities.models import Modality, Trial
from modalities.services import trials


def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    form = TrialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            trials.add_trial(form.cleaned_data, by=request.user)
        if form.is_valid():
            return _done(request, "The trial is on the list.")
    return _show(request, form, "Add a trial")


def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, "reference.edit")
    trial = Trial.objects.filter(pk=pk).first()
    if trial is None:
        raise Http404
    start = {name: getattr(trial, name) for name in (*trials.FIELDS, "version")}
    form = TrialForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["version"] or 0
        with attempt(request, form):
            trials.edit_trial(trial, form.cleaned_data, by=request.user, expected_version=seen)
        if form.is_valid():
            return _done(request, "The trial is changed.")
    return _show(request, form, "Change a trial")


def register(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    page = _page()
    if page is None:
        raise Http404
    form = RegisterForm(request.POST or None, initial={"register_url": page.register_url})
    if request.method == "POST" and form.is_valid():
        trials.set_register(page, by=request.user, register_url=form.cleaned_data["register_url"])
        return _done(request, "The address of the register is saved.")
    return _show(request, form, "Address of the trial register")


def _page() -> Modality | None:
    return Modality.objects.main().filter(code=Modality.Code.TRIAL).first()


def _done(request: SignedInRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    page = _page()
    return redirect("modalities:page", slug=page.slug) if page else redirect("modalities:index")


def _show(request: SignedInRequest, form: TrialForm | RegisterForm, title: str) -> HttpResponse:
    return render(request, "modalities/trials/form.html", {"nav": "reference", "form": form, "title": title})
