from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.boards import output_views, views

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path(f"{ONE}/", views.board, name="leaderboard"),
    *file_paths(ONE, views.board_table, name="leaderboard"),
    path(f"{ONE}/outputs/", output_views.board_outputs, name="leaderboard-outputs"),
    *file_paths(f"{ONE}/outputs", output_views.outputs_table, name="leaderboard-outputs"),
]
