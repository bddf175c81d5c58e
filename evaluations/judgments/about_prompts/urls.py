from django.urls import path

from evaluations.judgments.about_prompts import views

PLACE = "judge/prompt/<slug:slug>/"

urlpatterns = [
    path("judge/prompt/", views.prompt_next, name="judge-prompt-next"),
    path(PLACE, views.prompt, name="judge-prompt"),
    path(f"{PLACE}skip/", views.prompt_skip, name="judge-prompt-skip"),
    path(f"{PLACE}undo/", views.prompt_undo, name="judge-prompt-undo"),
    path(f"{PLACE}draft/", views.prompt_draft, name="judge-prompt-draft"),
]
