"""The reference pages, under /reference/. Every signed-in person reads; editors write, approvers publish."""

from django.urls import path

from modalities.views import (
    attachments,
    drafts,
    modalities,
    reviewing,
    reviews,
    revisions,
    search,
    sources,
    statements,
    trials,
)

app_name = "modalities"

urlpatterns = [
    # The tree, and what the source says
    path("", modalities.index, name="index"),
    path("search/", search.results, name="search"),
    path("statements/", statements.statement_list, name="statements"),
    path("statements/<slug:number>/note/", statements.note, name="statement_note"),
    # What the centre added
    path("sources/", sources.source_list, name="sources"),
    path("sources/new/", sources.new, name="source_new"),
    path("sources/<int:number>/", sources.source, name="source"),
    path("trials/new/", trials.new, name="trial_new"),
    path("trials/register/", trials.register, name="register"),
    path("trials/<int:pk>/", trials.edit, name="trial"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<int:pk>/withdraw/", attachments.withdraw, name="attachment_withdraw"),
    # Work of editors and approvers
    path("reviews/", reviews.reviews, name="reviews"),
    path("pages/new/", modalities.new, name="page_new"),
    # One page
    path("<slug:slug>/", modalities.page, name="page"),
    path("<slug:slug>/print/", modalities.page_print, name="page_print"),
    path("<slug:slug>/place/", modalities.place, name="place"),
    path("<slug:slug>/retire/", modalities.retire, name="retire"),
    path("<slug:slug>/restore/", modalities.restore, name="restore"),
    path("<slug:slug>/review/", reviews.plan, name="review"),
    # Its images and files
    path("<slug:slug>/attachments/", attachments.attachment_list, name="attachments"),
    path("<slug:slug>/attachments/new/", attachments.new, name="attachment_new"),
    # Its draft
    path("<slug:slug>/draft/", drafts.draft, name="draft"),
    path("<slug:slug>/draft/act/", drafts.act, name="draft_act"),
    path("<slug:slug>/draft/approve/", reviewing.approve, name="draft_approve"),
    path("<slug:slug>/draft/send-back/", reviewing.send_back, name="draft_send_back"),
    path("<slug:slug>/edit/", drafts.edit, name="edit"),
    path("<slug:slug>/edit/save/", drafts.save, name="draft_save"),
    # Its revisions
    path("<slug:slug>/history/", revisions.history, name="history"),
    path("<slug:slug>/compare/", revisions.compare, name="compare"),
    path("<slug:slug>/revisions/<int:number>/", revisions.revision, name="revision"),
    path("<slug:slug>/revisions/<int:number>/withdraw/", revisions.withdraw, name="withdraw"),
]
