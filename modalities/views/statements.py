from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import require
from modalities.forms.statements import NoteForm
from modalities.models import Statement
from modalities.services.statements import note_statement


def statement_list(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    statements = Statement.objects.with_flags()
    return render(request, "modalities/statements/list.html", {"nav": "reference", "statements": statements})


def note(request: SignedInRequest, number: str) -> HttpResponse:
    require(request.user, "reference.edit")
    statement = Statement.objects.with_flags().filter(number=number).first()
    if statement is None:
        raise Http404
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with attempt(request, form):
            note_statement(statement, by=request.user, **form.cleaned_data)
        if form.is_valid():
            messages.success(request, f"Your note stands beside {statement.number} on every page that rests on it.")
            return redirect(f"{reverse('modalities:statements')}#{statement.number}")
    context = {"nav": "reference", "statement": statement, "form": form}
    return render(request, "modalities/statements/note.html", context)
