from django.urls import path

from evaluations.judgments.opinions import views

urlpatterns = [
    path("protocols/<slug:slug>/opinions/", views.opinions, name="opinions"),
    path("protocols/<slug:slug>/opinions.csv", views.opinions_csv, name="opinions-csv"),
    path("protocols/<slug:slug>/opinions.json", views.opinions_json, name="opinions-json"),
    path("protocols/<slug:slug>/opinions/ask/", views.ask, name="opinions-ask"),
    path("protocols/<slug:slug>/opinions/stop/", views.stop, name="opinions-stop"),
    path("protocols/<slug:slug>/opinions/<int:opinion_id>/", views.opinion, name="opinion"),
]
