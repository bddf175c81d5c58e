from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.prompts import file_views, trial_views, views

urlpatterns = [
    path("graders/", trial_views.graders, name="graders"),
    path("prompts/new/", views.new, name="prompt-set-new"),
    *file_paths("prompts/template", file_views.template_table, name="prompt-template"),
    path("prompts/sets/<slug:slug>/edit/", views.edit, name="prompt-set-edit"),
    path("prompts/sets/<slug:slug>/add/", views.add, name="prompt-set-add"),
    path("prompts/sets/<slug:slug>/import/", views.bring_in, name="prompt-set-import"),
    path("prompts/sets/<slug:slug>/generate/", views.generate, name="prompt-set-generate"),
    *file_paths("prompts/sets/<slug:slug>", file_views.set_table, name="prompt-set", cached=False),
    path("prompts/sets/<slug:slug>.jsonl", file_views.set_lines, name="prompt-set-lines"),
    path("prompts/<slug:slug>/edit/", views.prompt_edit, name="prompt-edit"),
]
