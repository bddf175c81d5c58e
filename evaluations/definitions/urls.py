from django.urls import path

from evaluations.definitions import proposal_views, views

urlpatterns = [
    path("definitions/mine/", views.mine, name="definitions-mine"),
    path("definitions/moves/", views.moves, name="definition-moves"),
    path("definitions/moves.csv", views.moves_csv, name="definition-moves-csv"),
    path("definitions/moves.json", views.moves_json, name="definition-moves-json"),
    path("definitions/<slug:slug>/history/", views.history, name="definition-history"),
    path("definitions/<slug:slug>/history.csv", views.history_csv, name="definition-history-csv"),
    path(
        "definitions/<slug:slug>/history.json", views.history_json, name="definition-history-json"
    ),
    path("definitions/<slug:slug>/diff/", views.diff, name="definition-diff"),
    path("definitions/<slug:slug>/publish/", views.publish, name="definition-publish"),
    path("definitions/<slug:slug>/discard/", views.discard, name="definition-discard"),
    path("definitions/<slug:slug>/retire/", views.retire, name="definition-retire"),
    path("definitions/<slug:slug>/restore/", views.restore, name="definition-restore"),
    path("definitions/<slug:slug>/merge/", views.merge, name="definition-merge"),
    path(
        "definitions/<slug:slug>/proposals/",
        proposal_views.proposals,
        name="definition-proposals",
    ),
    path(
        "definitions/<slug:slug>/proposals.csv",
        proposal_views.proposals_csv,
        name="definition-proposals-csv",
    ),
    path(
        "definitions/<slug:slug>/proposals.json",
        proposal_views.proposals_json,
        name="definition-proposals-json",
    ),
    path(
        "definitions/<slug:slug>/proposals/<int:number>/",
        proposal_views.proposal,
        name="definition-proposal",
    ),
]
