from django.urls import path

from evaluations.judgments.judging import views

urlpatterns = [
    path("judge/", views.judge_next, name="judge-next"),
    path("judge/undo/", views.undo, name="judge-undo"),
    path("judge/give-back/", views.give_back, name="judge-give-back"),
    path("judge/<int:output_id>/", views.judge, name="judge"),
    path("judge/<int:output_id>/skip/", views.skip, name="judge-skip"),
    path("judge/<int:output_id>/unskip/", views.unskip, name="judge-unskip"),
    path("judge/<int:output_id>/draft/", views.draft, name="judge-draft"),
]
