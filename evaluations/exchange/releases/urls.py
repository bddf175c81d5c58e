from django.urls import path

from evaluations.exchange.releases import views

urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/release.zip", views.release_zip, name="data-release-zip"),
]
