"""The reference pages, under /reference/. Every signed-in person reads; editors publish."""

from django.urls import path

from modalities.views import modalities, revisions, statements

app_name = "modalities"

urlpatterns = [
    # The tree, and what the source says
    path("", modalities.index, name="index"),
    path("statements/", statements.statement_list, name="statements"),
    # One page
    path("<slug:slug>/", modalities.page, name="page"),
    path("<slug:slug>/edit/", revisions.edit, name="edit"),
    # Its revisions
    path("<slug:slug>/history/", revisions.history, name="history"),
    path("<slug:slug>/compare/", revisions.compare, name="compare"),
    path("<slug:slug>/revisions/<int:number>/", revisions.revision, name="revision"),
]
