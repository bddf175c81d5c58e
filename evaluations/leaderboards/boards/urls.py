from django.urls import path

from evaluations.leaderboards.boards import output_views, views

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path(f"{ONE}/", views.board, name="leaderboard"),
    path(f"{ONE}.csv", views.board_csv, name="leaderboard-csv"),
    path(f"{ONE}.json", views.board_json, name="leaderboard-json"),
    path(f"{ONE}/outputs/", output_views.board_outputs, name="leaderboard-outputs"),
    path(
        f"{ONE}/outputs.csv",
        output_views.board_outputs_csv,
        name="leaderboard-outputs-csv",
    ),
    path(
        f"{ONE}/outputs.json",
        output_views.board_outputs_json,
        name="leaderboard-outputs-json",
    ),
]
