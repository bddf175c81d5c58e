"""The other ways to look at a board."""

from django.urls import path

from evaluations.leaderboards.aspects import (
    curves_views,
    model_pair_views,
    pairwise_views,
    process_answer_views,
)

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path("leaderboards/pairwise/", pairwise_views.pairwise, name="pairwise"),
    path("leaderboards/pairwise.csv", pairwise_views.pairwise_csv, name="pairwise-csv"),
    path("leaderboards/pairwise.json", pairwise_views.pairwise_json, name="pairwise-json"),
    path(f"{ONE}/process/", process_answer_views.process, name="leaderboard-process"),
    path(f"{ONE}/process.csv", process_answer_views.process_csv, name="leaderboard-process-csv"),
    path(f"{ONE}/process.json", process_answer_views.process_json, name="leaderboard-process-json"),
    path(f"{ONE}/curves/", curves_views.curves, name="leaderboard-curves"),
    path(f"{ONE}/curves.csv", curves_views.curves_csv, name="leaderboard-curves-csv"),
    path(f"{ONE}/curves.json", curves_views.curves_json, name="leaderboard-curves-json"),
    path(f"{ONE}/pair/", model_pair_views.pair, name="leaderboard-pair"),
    path(f"{ONE}/pair.csv", model_pair_views.pair_csv, name="leaderboard-pair-csv"),
    path(f"{ONE}/pair.json", model_pair_views.pair_json, name="leaderboard-pair-json"),
    path(f"{ONE}/pairwise/", pairwise_views.pairwise, name="leaderboard-pairwise"),
    path(f"{ONE}/pairwise.csv", pairwise_views.pairwise_csv, name="leaderboard-pairwise-csv"),
    path(f"{ONE}/pairwise.json", pairwise_views.pairwise_json, name="leaderboard-pairwise-json"),
]
