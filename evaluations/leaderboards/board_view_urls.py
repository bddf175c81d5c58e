"""The other ways to look at a board."""

from django.urls import path

from evaluations.leaderboards import process_answer_views

ONE = "leaderboards/<slug:slug>"

urlpatterns = [
    path(f"{ONE}/process/", process_answer_views.process, name="leaderboard-process"),
    path(f"{ONE}/process.csv", process_answer_views.process_csv, name="leaderboard-process-csv"),
    path(f"{ONE}/process.json", process_answer_views.process_json, name="leaderboard-process-json"),
]
