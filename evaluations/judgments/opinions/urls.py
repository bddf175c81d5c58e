from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.judgments.opinions import judges_views, prompt_views, views

MODELS = "judges/models"
PROMPTS = f"{MODELS}/prompts"
EXAMPLE = "model-judges-example"

urlpatterns = [
    path(f"{MODELS}/", judges_views.model_judges, name="model-judges"),
    *file_paths(MODELS, judges_views.model_judges_table, name="model-judges"),
    path(f"{MODELS}/import/", judges_views.import_page, name="model-judges-import"),
    *file_paths(
        f"{MODELS}/import/example", judges_views.example_table, name="model-judges-example"
    ),
    path(f"{PROMPTS}/", prompt_views.prompts, name="model-judge-prompts"),
    path(f"{PROMPTS}/new/", prompt_views.new_prompt, name="model-judge-prompt-new"),
    path(
        f"{PROMPTS}/<slug:slug>/<int:number>/",
        prompt_views.prompt,
        name="model-judge-prompt",
    ),
    path("protocols/<slug:slug>/opinions/", views.opinions, name="opinions"),
    *file_paths("protocols/<slug:slug>/opinions", views.opinions_table, name="opinions"),
    path("protocols/<slug:slug>/opinions/ask/", views.ask, name="opinions-ask"),
    path("protocols/<slug:slug>/opinions/stop/", views.stop, name="opinions-stop"),
    path("protocols/<slug:slug>/opinions/<int:opinion_id>/", views.opinion, name="opinion"),
]
