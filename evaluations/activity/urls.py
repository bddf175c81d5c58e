from django.urls import path

from evaluations.activity import views
from evaluations.common.tables import file_paths

urlpatterns = [
    path("moderation/", views.log, name="moderation"),
    *file_paths("moderation", views.log_table, name="moderation"),
    path("moderation/reports/", views.reports, name="moderation-reports"),
    path("moderation/reports/<int:output_id>/", views.report, name="moderation-report"),
    path("moderation/people/<int:pk>/", views.account, name="moderation-account"),
]
