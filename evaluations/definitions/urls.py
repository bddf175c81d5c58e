from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.definitions import proposal_views, views

ONE = "definitions/<slug:slug>"

urlpatterns = [
    path("definitions/mine/", views.mine, name="definitions-mine"),
    path("definitions/moves/", views.moves, name="definition-moves"),
    *file_paths("definitions/moves", views.moves_table, name="definition-moves"),
    path(f"{ONE}/history/", views.history, name="definition-history"),
    *file_paths(f"{ONE}/history", views.history_table, name="definition-history"),
    path(f"{ONE}/diff/", views.diff, name="definition-diff"),
    path(f"{ONE}/publish/", views.publish, name="definition-publish"),
    path(f"{ONE}/discard/", views.discard, name="definition-discard"),
    path(f"{ONE}/retire/", views.retire, name="definition-retire"),
    path(f"{ONE}/restore/", views.restore, name="definition-restore"),
    path(f"{ONE}/check/", views.check, name="definition-check"),
    path(f"{ONE}/curate/", views.curate, name="definition-curate"),
    path(f"{ONE}/merge/", views.merge, name="definition-merge"),
    path(f"{ONE}/proposals/", proposal_views.proposals, name="definition-proposals"),
    *file_paths(f"{ONE}/proposals", proposal_views.proposals_table, name="definition-proposals"),
    path(f"{ONE}/proposals/<int:number>/", proposal_views.proposal, name="definition-proposal"),
]
