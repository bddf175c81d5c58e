from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.runs import model_views, prompt_views, views
from evaluations.runs.building import compare_views, grid_views
from evaluations.runs.building import views as building_views
from evaluations.runs.devices import views as device_views
from evaluations.runs.endpoints import views as endpoint_views
from evaluations.runs.grades import views as grade_views
from evaluations.runs.recipes import stage_views
from evaluations.runs.recipes import views as recipe_views
from evaluations.runs.record import views as record_views

urlpatterns = [
    path("runs/", views.runs, name="runs"),
    *file_paths("runs", views.runs_table, name="runs"),
    path("runs/new/", building_views.new, name="run-new"),
    path("runs/new/size/", building_views.new_size, name="run-new-size"),
    *file_paths("runs/new/size", building_views.plan_table, name="run-new-size", cached=False),
    path("runs/compare/", compare_views.run_compare, name="run-compare"),
    *file_paths("runs/compare", compare_views.compare_table, name="run-compare", cached=False),
    path("runs/grids/<int:grid_id>/", grid_views.grid, name="grid"),
    *file_paths("runs/grids/<int:grid_id>", grid_views.grid_table, name="grid", cached=False),
    path("runs/grids/<int:grid_id>/progress/", grid_views.grid_progress, name="grid-progress"),
    path("runs/grids/<int:grid_id>/steer/", grid_views.grid_steer, name="grid-steer"),
    path("runs/grids/<int:grid_id>/ceiling/", grid_views.grid_ceiling, name="grid-ceiling"),
    path("runs/<int:run_id>/", views.run, name="run"),
    *file_paths("runs/<int:run_id>", views.run_table, name="run"),
    path("runs/<int:run_id>/progress/", views.run_progress, name="run-progress"),
    path("runs/<int:run_id>/cancel/", views.cancel, name="run-cancel"),
    path("runs/<int:run_id>/visibility/", views.run_visibility, name="run-visibility"),
    path("runs/<int:run_id>/resume/", views.resume, name="run-resume"),
    path("runs/<int:run_id>/steer/", grid_views.run_steer, name="run-steer"),
    path("runs/<int:run_id>/more/", grid_views.run_more, name="run-more"),
    path("runs/<int:run_id>/twin/", recipe_views.run_twin, name="run-twin"),
    path("outputs/<int:output_id>/stages/", stage_views.output_stages, name="output-stages"),
    path("prompts/", prompt_views.prompts, name="prompts"),
    *file_paths("prompts", prompt_views.prompts_table, name="prompts"),
    path("prompts/sets/<slug:slug>/", prompt_views.prompt_set, name="prompt-set"),
    path(
        "prompts/sets/<slug:slug>/visibility/",
        prompt_views.prompt_set_visibility,
        name="prompt-set-visibility",
    ),
    path("prompts/<slug:slug>/", prompt_views.prompt, name="prompt"),
    path("models/", model_views.models, name="models"),
    *file_paths("models", model_views.models_table, name="models"),
    path("models/<slug:slug>/", model_views.model, name="model"),
    path("models/<slug:slug>/try/", model_views.model_try, name="model-try"),
    path("recipes/", recipe_views.recipes, name="recipes"),
    *file_paths("recipes", recipe_views.recipes_table, name="recipes"),
    path("recipes/new/", recipe_views.recipe_new, name="recipe-new"),
    path("recipes/<slug:slug>/", recipe_views.recipe, name="recipe"),
    path("recipes/<slug:slug>/edit/", recipe_views.recipe_edit, name="recipe-edit"),
    path("recipes/<slug:slug>/twin/", recipe_views.recipe_twin, name="recipe-twin"),
    path("recipes/<slug:slug>/archive/", recipe_views.recipe_archive, name="recipe-archive"),
    path("devices/", device_views.devices, name="devices"),
    *file_paths("devices", device_views.workers_table, name="devices", cached=False),
    *file_paths("devices/queue", device_views.queue_table, name="devices-queue", cached=False),
    path(
        "outputs/<int:output_id>/response.txt", record_views.output_response, name="output-response"
    ),
    path("graders/misread/", grade_views.misreadings, name="grader-misreadings"),
    *file_paths(
        "graders/misread",
        grade_views.misreadings_table,
        name="grader-misreadings",
        cached=False,
    ),
    path("endpoints/", endpoint_views.endpoints, name="endpoints"),
    path("endpoints/new/", endpoint_views.endpoint_new, name="endpoint-new"),
    path("endpoints/<slug:slug>/", endpoint_views.endpoint, name="endpoint"),
    path("endpoints/<slug:slug>/edit/", endpoint_views.endpoint_edit, name="endpoint-edit"),
    path("endpoints/<slug:slug>/price/", endpoint_views.endpoint_price, name="endpoint-price"),
    path("endpoints/<slug:slug>/model/", endpoint_views.endpoint_model, name="endpoint-model"),
    path("endpoints/<slug:slug>/probe/", endpoint_views.endpoint_probe, name="endpoint-probe"),
]
