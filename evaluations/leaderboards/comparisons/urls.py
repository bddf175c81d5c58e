from django.urls import path

from evaluations.leaderboards.comparisons import disagreement_views, views

urlpatterns = [
    path("definitions/compare/", views.compare, name="compare"),
    path("definitions/compare.csv", views.compare_csv, name="compare-csv"),
    path("definitions/compare.json", views.compare_json, name="compare-json"),
    path("disagreements/", disagreement_views.disagreements, name="disagreements"),
    path("disagreements.csv", disagreement_views.disagreements_csv, name="disagreements-csv"),
    path("disagreements.json", disagreement_views.disagreements_json, name="disagreements-json"),
]
