from django.urls import path

from evaluations.exchange.releases import stored_views, views

ONE = "data/<snapshot:name>"

urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/release.zip", views.release_zip, name="data-release-zip"),
    path(f"{ONE}/", stored_views.release, name="release"),
    path(f"{ONE}.zip", stored_views.zipped, name="release-zip"),
    path(f"{ONE}/<path:file>", stored_views.one_file, name="release-file"),
]
