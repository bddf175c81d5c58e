from django.urls import path

from evaluations.leaderboards import output_views

urlpatterns = [
    path("outputs/<int:output_id>/", output_views.output, name="output"),
    path("outputs/<int:output_id>.txt", output_views.output_text, name="output-text"),
    path("outputs/<int:output_id>/reveal/", output_views.reveal, name="output-reveal"),
    path("outputs/<int:output_id>/report/", output_views.report, name="output-report"),
]
