from django.urls import path

from evaluations.pages import search_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("card.png", views.card, name="home-card"),
    path("search/", search_views.search_page, name="search"),
]
