from django.urls import path

from evaluations.pages import cited_views, search_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("card.png", views.card, name="home-card"),
    path("outputs/<int:output_id>/cited/", cited_views.citing_output, name="output-cited"),
    path("definitions/<slug:slug>/cited/", cited_views.citing_definition, name="definition-cited"),
    path("search/", search_views.search_page, name="search"),
]
