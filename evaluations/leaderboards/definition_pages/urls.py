from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.leaderboards.definition_pages import (
    card_views,
    case_views,
    criterion_views,
    fidelity_views,
    views,
)

urlpatterns = [
    path("definitions/", views.definitions, name="definitions"),
    *file_paths("definitions", views.definitions_table, name="definitions"),
    path("definitions/fidelity/", fidelity_views.fidelity_page, name="fidelity"),
    *file_paths("definitions/fidelity", fidelity_views.fidelity_table, name="fidelity"),
    *file_paths(
        "definitions/fidelity/judgments", fidelity_views.said_table, name="fidelity-judgments"
    ),
    path("definitions/<slug:slug>/", views.definition, name="definition"),
    path(
        "definitions/<slug:slug>/v/<int:number>/",
        views.definition_version,
        name="definition-version",
    ),
    path("definitions/<slug:slug>/card.png", card_views.definition_card, name="definition-card"),
    path("cases/", case_views.cases, name="cases"),
    *file_paths("cases", case_views.cases_table, name="cases"),
    path("cases/<slug:case_key>/", case_views.case, name="case"),
    path("cases/<slug:case_key>/card.png", card_views.case_card, name="case-card"),
    path("cases/<slug:case_key>/embed/", card_views.case_embed, name="case-embed"),
    path("criteria/", criterion_views.criteria, name="criteria"),
    *file_paths("criteria", criterion_views.criteria_table, name="criteria"),
    path("criteria/<slug:key>/", criterion_views.criterion, name="criterion"),
]
