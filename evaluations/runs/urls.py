from django.urls import path

from evaluations.runs import model_views, prompt_views, views

urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs.csv", views.runs_csv, name="runs-csv"),
    path("runs.json", views.runs_json, name="runs-json"),
    path("runs/new/", views.new, name="run-new"),
    path("runs/new/size/", views.new_size, name="run-new-size"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>.csv", views.run_csv, name="run-csv"),
    path("runs/<int:run_id>.json", views.run_json, name="run-json"),
    path("runs/<int:run_id>/progress/", views.run_progress, name="run-progress"),
    path("runs/<int:run_id>/cancel/", views.cancel, name="run-cancel"),
    path("runs/<int:run_id>/resume/", views.resume, name="run-resume"),
    path("prompts/", prompt_views.prompts, name="prompts"),
    path("prompts.csv", prompt_views.prompts_csv, name="prompts-csv"),
    path("prompts.json", prompt_views.prompts_json, name="prompts-json"),
    path("prompts/<slug:slug>/", prompt_views.prompt, name="prompt"),
    path("models/", model_views.models, name="models"),
    path("models.csv", model_views.models_csv, name="models-csv"),
    path("models.json", model_views.models_json, name="models-json"),
    path("models/<slug:slug>/", model_views.model, name="model"),
]
