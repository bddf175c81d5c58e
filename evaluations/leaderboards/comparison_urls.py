from django.urls import path

from evaluations.leaderboards import comparison_views, disagreement_views

urlpatterns = [
    path("definitions/compare/", comparison_views.compare, name="compare"),
    path("definitions/compare.csv", comparison_views.compare_csv, name="compare-csv"),
    path("definitions/compare.json", comparison_views.compare_json, name="compare-json"),
    path("disagreements/", disagreement_views.disagreements, name="disagreements"),
    path("disagreements.csv", disagreement_views.disagreements_csv, name="disagreements-csv"),
    path("disagreements.json", disagreement_views.disagreements_json, name="disagreements-json"),
]
