from django.urls import include, path

from evaluations.leaderboards.definition_pages import workshop_views as views

urlpatterns = [
    path("definitions/new/", views.new, name="definition-new"),
    path("definitions/<slug:slug>/fork/", views.fork, name="definition-fork"),
    path("definitions/<slug:slug>/edit/", views.edit, name="definition-edit"),
    path("definitions/<slug:slug>/amend/", views.amend, name="definition-amend"),
    path("", include("evaluations.definitions.urls")),
]
