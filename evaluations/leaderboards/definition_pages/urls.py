from django.urls import path

from evaluations.leaderboards.definition_pages import criterion_views, fidelity_views, views

urlpatterns = [
    path("definitions/", views.definitions, name="definitions"),
    path("definitions.csv", views.definitions_csv, name="definitions-csv"),
    path("definitions.json", views.definitions_json, name="definitions-json"),
    path("definitions/fidelity/", fidelity_views.fidelity_page, name="fidelity"),
    path("definitions/fidelity.csv", fidelity_views.fidelity_csv, name="fidelity-csv"),
    path("definitions/fidelity.json", fidelity_views.fidelity_json, name="fidelity-json"),
    path("definitions/<slug:slug>/", views.definition, name="definition"),
    path(
        "definitions/<slug:slug>/v/<int:number>/",
        views.definition_version,
        name="definition-version",
    ),
    path("criteria/", criterion_views.criteria, name="criteria"),
    path("criteria.csv", criterion_views.criteria_csv, name="criteria-csv"),
    path("criteria.json", criterion_views.criteria_json, name="criteria-json"),
    path("criteria/<slug:key>/", criterion_views.criterion, name="criterion"),
]
