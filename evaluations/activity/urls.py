from django.urls import path

from evaluations.activity import views
from evaluations.common.tables import file_paths

urlpatterns = [
    path("moderation/", views.log, name="moderation"),
    *file_paths("moderation", views.log_table, name="moderation"),
    path("moderation/people/<int:pk>/", views.account, name="moderation-account"),
]
