from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.snapshots import answer_views, views

BOARD = "leaderboards/<slug:slug>"
ONE = f"{BOARD}/<snapshot:name>"

urlpatterns = [
    path("leaderboards/snapshots/", views.snapshots, name="snapshots"),
    *file_paths("leaderboards/snapshots", views.snapshots_table, name="snapshots"),
    path(f"{BOARD}/snapshots/", views.snapshots, name="definition-snapshots"),
    *file_paths(f"{BOARD}/snapshots", views.snapshots_table, name="definition-snapshots"),
    *file_paths(f"{BOARD}/answers", answer_views.answers_table, name="leaderboard-answers"),
    path(f"{BOARD}/freeze/", views.freeze, name="freeze"),
    path(f"{ONE}/", views.snapshot, name="snapshot"),
    *file_paths(ONE, views.snapshot_table, name="snapshot"),
    path(f"{ONE}.bib", views.snapshot_bib, name="snapshot-bib"),
]
