from django.urls import path

from evaluations.judgments import comparison_views, pair_views, prompt_judging_views

urlpatterns = [
    path("judge/pair/", pair_views.pair, name="judge-pair"),
    path("judge/pair/skip/", pair_views.pair_skip, name="judge-pair-skip"),
    path("judge/pair/undo/", pair_views.pair_undo, name="judge-pair-undo"),
    path("judge/pair/draft/", pair_views.pair_draft, name="judge-pair-draft"),
    path("judge/prompt/", prompt_judging_views.prompt_next, name="judge-prompt-next"),
    path("judge/prompt/<slug:slug>/", prompt_judging_views.prompt, name="judge-prompt"),
    path(
        "judge/prompt/<slug:slug>/skip/",
        prompt_judging_views.prompt_skip,
        name="judge-prompt-skip",
    ),
    path(
        "judge/prompt/<slug:slug>/undo/",
        prompt_judging_views.prompt_undo,
        name="judge-prompt-undo",
    ),
    path(
        "judge/prompt/<slug:slug>/draft/",
        prompt_judging_views.prompt_draft,
        name="judge-prompt-draft",
    ),
    path(
        "protocols/<slug:slug>/comparisons.csv",
        comparison_views.comparisons,
        {"form": "csv"},
        name="comparisons-csv",
    ),
    path(
        "protocols/<slug:slug>/comparisons.json",
        comparison_views.comparisons,
        {"form": "json"},
        name="comparisons-json",
    ),
]
