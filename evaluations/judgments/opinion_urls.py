from django.urls import path

from evaluations.judgments import opinion_views

urlpatterns = [
    path("protocols/<slug:slug>/opinions/", opinion_views.opinions, name="opinions"),
    path("protocols/<slug:slug>/opinions.csv", opinion_views.opinions_csv, name="opinions-csv"),
    path("protocols/<slug:slug>/opinions.json", opinion_views.opinions_json, name="opinions-json"),
    path("protocols/<slug:slug>/opinions/ask/", opinion_views.ask, name="opinions-ask"),
    path("protocols/<slug:slug>/opinions/stop/", opinion_views.stop, name="opinions-stop"),
    path("protocols/<slug:slug>/opinions/<int:opinion_id>/", opinion_views.opinion, name="opinion"),
]
