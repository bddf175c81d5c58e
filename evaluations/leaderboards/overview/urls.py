from django.urls import path

from evaluations.leaderboards.overview import between_views, views

urlpatterns = [
    path("leaderboards/", views.matrix_page, name="leaderboards"),
    path("leaderboards.csv", views.matrix_csv, name="matrix-csv"),
    path("leaderboards.json", views.matrix_json, name="matrix-json"),
    path("matrix.csv", views.matrix_csv),
    path("matrix.json", views.matrix_json),
    path("leaderboards/between/", between_views.between_page, name="between"),
    path("leaderboards/between.csv", between_views.between_csv, name="between-csv"),
    path("leaderboards/between.json", between_views.between_json, name="between-json"),
]
