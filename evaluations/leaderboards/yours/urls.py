from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.yours import views

urlpatterns = [
    path("judge/me/definition/", views.yours, name="yours"),
    *file_paths("judge/me/definition", views.yours_table, name="yours", cached=False),
    *file_paths(
        "judge/me/definition/parted", views.parted_table, name="yours-parted", cached=False
    ),
    path("judge/me/definition/show/", views.show, name="yours-show"),
    path("judge/me/definition/hide/", views.hide, name="yours-hide"),
    path("yours/<slug:code>/", views.yours_shown, name="yours-shown"),
    *file_paths("yours/<slug:code>", views.shown_table, name="yours-shown", cached=False),
]
