from django.urls import path

from evaluations.leaderboards.whatif import views

urlpatterns = [
    path("definitions/<slug:slug>/what-if/", views.what_if, name="what-if"),
    path("definitions/<slug:slug>/what-if.csv", views.what_if_csv, name="what-if-csv"),
    path("definitions/<slug:slug>/what-if.json", views.what_if_json, name="what-if-json"),
]
