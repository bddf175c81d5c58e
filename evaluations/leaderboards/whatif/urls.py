from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.whatif import views

urlpatterns = [
    path("definitions/<slug:slug>/what-if/", views.what_if, name="what-if"),
    *file_paths("definitions/<slug:slug>/what-if", views.what_if_table, name="what-if"),
]
