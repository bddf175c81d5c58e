from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.judgments.opinions import views

urlpatterns = [
    path("protocols/<slug:slug>/opinions/", views.opinions, name="opinions"),
    *file_paths("protocols/<slug:slug>/opinions", views.opinions_table, name="opinions"),
    path("protocols/<slug:slug>/opinions/ask/", views.ask, name="opinions-ask"),
    path("protocols/<slug:slug>/opinions/stop/", views.stop, name="opinions-stop"),
    path("protocols/<slug:slug>/opinions/<int:opinion_id>/", views.opinion, name="opinion"),
]
