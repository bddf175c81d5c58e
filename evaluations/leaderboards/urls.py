from django.urls import path

from evaluations.leaderboards import views

urlpatterns = [
    path("leaderboards/", views.matrix_page, name="leaderboards"),
    path("leaderboards.csv", views.matrix_csv, name="matrix-csv"),
    path("leaderboards.json", views.matrix_json, name="matrix-json"),
    path("matrix.csv", views.matrix_csv),
    path("matrix.json", views.matrix_json),
    path("leaderboards/<slug:slug>/", views.board, name="leaderboard"),
    path("leaderboards/<slug:slug>.csv", views.board_csv, name="leaderboard-csv"),
    path("leaderboards/<slug:slug>.json", views.board_json, name="leaderboard-json"),
    path("leaderboards/<slug:slug>/outputs/", views.board_outputs, name="leaderboard-outputs"),
    path(
        "leaderboards/<slug:slug>/outputs.csv",
        views.board_outputs_csv,
        name="leaderboard-outputs-csv",
    ),
    path(
        "leaderboards/<slug:slug>/outputs.json",
        views.board_outputs_json,
        name="leaderboard-outputs-json",
    ),
]
