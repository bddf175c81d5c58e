from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.logic import map_views

urlpatterns = [
    path("definitions/map/", map_views.definition_map, name="map"),
    *file_paths("definitions/map", map_views.map_table, name="map"),
]
