from django.urls import path, register_converter

from evaluations.leaderboards.snapshots import views
from evaluations.leaderboards.snapshots.answer_views import board_answers_csv
from evaluations.leaderboards.snapshots.names import SnapshotName

register_converter(SnapshotName, "snapshot")

ONE = "leaderboards/<slug:slug>/<snapshot:name>"

urlpatterns = [
    path("leaderboards/snapshots/", views.snapshots, name="snapshots"),
    path("leaderboards/snapshots.csv", views.snapshots_csv, name="snapshots-csv"),
    path("leaderboards/snapshots.json", views.snapshots_json, name="snapshots-json"),
    path("leaderboards/<slug:slug>/snapshots/", views.snapshots, name="definition-snapshots"),
    path(
        "leaderboards/<slug:slug>/snapshots.csv",
        views.snapshots_csv,
        name="definition-snapshots-csv",
    ),
    path(
        "leaderboards/<slug:slug>/snapshots.json",
        views.snapshots_json,
        name="definition-snapshots-json",
    ),
    path("leaderboards/<slug:slug>/answers.csv", board_answers_csv, name="leaderboard-answers-csv"),
    path("leaderboards/<slug:slug>/freeze/", views.freeze, name="freeze"),
    path(f"{ONE}/", views.snapshot, name="snapshot"),
    path(f"{ONE}.csv", views.snapshot_csv, name="snapshot-csv"),
    path(f"{ONE}.json", views.snapshot_json, name="snapshot-json"),
    path(f"{ONE}.bib", views.snapshot_bib, name="snapshot-bib"),
]
