from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.comparisons import disagreement_views, views

urlpatterns = [
    path("definitions/compare/", views.compare, name="compare"),
    *file_paths("definitions/compare", views.compare_table, name="compare"),
    path("disagreements/", disagreement_views.disagreements, name="disagreements"),
    *file_paths("disagreements", disagreement_views.disagreements_table, name="disagreements"),
]
