from django.urls import path

from evaluations.leaderboards import whatif_views

urlpatterns = [
    path("definitions/<slug:slug>/what-if/", whatif_views.what_if, name="what-if"),
    path("definitions/<slug:slug>/what-if.csv", whatif_views.what_if_csv, name="what-if-csv"),
    path("definitions/<slug:slug>/what-if.json", whatif_views.what_if_json, name="what-if-json"),
]
