from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from accounts.permissions import require
from modalities.models import Statement


def statement_list(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.read")
    statements = Statement.objects.with_flags()
    return render(request, "modalities/statements/list.html", {"nav": "reference", "statements": statements})
