from django.urls import path

from evaluations.judgments.pairs import views

urlpatterns = [
    path("judge/pair/", views.pair, name="judge-pair"),
    path("judge/pair/skip/", views.pair_skip, name="judge-pair-skip"),
    path("judge/pair/undo/", views.pair_undo, name="judge-pair-undo"),
    path("judge/pair/draft/", views.pair_draft, name="judge-pair-draft"),
]
