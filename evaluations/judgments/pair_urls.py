from django.urls import path

from evaluations.judgments import pair_views

urlpatterns = [
    path("judge/pair/", pair_views.pair, name="judge-pair"),
    path("judge/pair/skip/", pair_views.pair_skip, name="judge-pair-skip"),
    path("judge/pair/undo/", pair_views.pair_undo, name="judge-pair-undo"),
    path("judge/pair/draft/", pair_views.pair_draft, name="judge-pair-draft"),
]
