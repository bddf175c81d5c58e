from django.urls import path

from evaluations.leaderboards import board_output_views, board_views, views

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path("leaderboards/", views.matrix_page, name="leaderboards"),
    path("leaderboards.csv", views.matrix_csv, name="matrix-csv"),
    path("leaderboards.json", views.matrix_json, name="matrix-json"),
    path("matrix.csv", views.matrix_csv),
    path("matrix.json", views.matrix_json),
    path(f"{ONE}/", board_views.board, name="leaderboard"),
    path(f"{ONE}.csv", board_views.board_csv, name="leaderboard-csv"),
    path(f"{ONE}.json", board_views.board_json, name="leaderboard-json"),
    path(f"{ONE}/outputs/", board_output_views.board_outputs, name="leaderboard-outputs"),
    path(
        f"{ONE}/outputs.csv",
        board_output_views.board_outputs_csv,
        name="leaderboard-outputs-csv",
    ),
    path(
        f"{ONE}/outputs.json",
        board_output_views.board_outputs_json,
        name="leaderboard-outputs-json",
    ),
]
