from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.listing import views

urlpatterns = [
    path("outputs/", views.outputs, name="outputs"),
    *file_paths("outputs", views.outputs_table, name="outputs"),
]
