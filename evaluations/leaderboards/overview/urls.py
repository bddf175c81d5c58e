from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.overview import between_views, views

urlpatterns = [
    path("leaderboards/", views.matrix_page, name="leaderboards"),
    *file_paths("leaderboards", views.matrix_table, name="matrix"),
    *file_paths("matrix", views.matrix_table),
    path("leaderboards/others/", views.others_page, name="others"),
    *file_paths("leaderboards/others", views.others_table, name="others"),
    path("leaderboards/between/", between_views.between_page, name="between"),
    path("leaderboards/between.svg", between_views.between_svg, name="between-svg"),
    path("leaderboards/between.png", between_views.between_png, name="between-png"),
    *file_paths("leaderboards/between", between_views.between_table, name="between"),
]
