from django.urls import path

from evaluations.judgments.outputs import card_views, views

urlpatterns = [
    path("outputs/<int:output_id>/", views.output, name="output"),
    path("outputs/<int:output_id>/card.png", card_views.output_card, name="output-card"),
    path("outputs/<int:output_id>.txt", views.output_text, name="output-text"),
    path("outputs/<int:output_id>/reveal/", views.reveal, name="output-reveal"),
    path("outputs/<int:output_id>/misread/", views.misread, name="output-misread"),
    path("outputs/<int:output_id>/report/", views.report, name="output-report"),
]
