from django.urls import path

from evaluations.leaderboards import between_views

urlpatterns = [
    path("leaderboards/between/", between_views.between_page, name="between"),
    path("leaderboards/between.csv", between_views.between_csv, name="between-csv"),
    path("leaderboards/between.json", between_views.between_json, name="between-json"),
]
