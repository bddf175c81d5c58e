"""The other ways to look at a board."""

from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.aspects import (
    curves_views,
    model_pair_views,
    pairwise_views,
    picture_views,
    process_answer_views,
)

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path("leaderboards/pairwise/", pairwise_views.pairwise, name="pairwise"),
    *file_paths("leaderboards/pairwise", pairwise_views.pairwise_table, name="pairwise"),
    path(f"{ONE}.svg", picture_views.board_svg, name="leaderboard-svg"),
    path(f"{ONE}.png", picture_views.board_png, name="leaderboard-png"),
    path(f"{ONE}/card.png", picture_views.board_card, name="leaderboard-card"),
    path(f"{ONE}/embed/", picture_views.board_embed, name="leaderboard-embed"),
    path(f"{ONE}/process/", process_answer_views.process, name="leaderboard-process"),
    *file_paths(f"{ONE}/process", process_answer_views.process_table, name="leaderboard-process"),
    path(f"{ONE}/curves/", curves_views.curves, name="leaderboard-curves"),
    path(f"{ONE}/curves.svg", curves_views.curves_svg, name="leaderboard-curves-svg"),
    path(f"{ONE}/curves.png", curves_views.curves_png, name="leaderboard-curves-png"),
    *file_paths(f"{ONE}/curves", curves_views.curves_table, name="leaderboard-curves"),
    path(f"{ONE}/pair/", model_pair_views.pair, name="leaderboard-pair"),
    *file_paths(f"{ONE}/pair", model_pair_views.pair_table, name="leaderboard-pair"),
    path(f"{ONE}/pairwise/", pairwise_views.pairwise, name="leaderboard-pairwise"),
    *file_paths(f"{ONE}/pairwise", pairwise_views.pairwise_table, name="leaderboard-pairwise"),
]
