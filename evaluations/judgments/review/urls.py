from django.urls import path

from evaluations.judgments.review import adjudication_views, comparison_views, views

urlpatterns = [
    path("protocols/<slug:slug>/progress/", views.progress, name="protocol-progress"),
    path(
        "protocols/<slug:slug>/progress/<slug:table>.csv",
        views.table_csv,
        name="protocol-progress-csv",
    ),
    path(
        "protocols/<slug:slug>/progress/<slug:table>.json",
        views.table_json,
        name="protocol-progress-json",
    ),
    path(
        "protocols/<slug:slug>/adjudicate/",
        adjudication_views.adjudicate_next,
        name="protocol-adjudicate",
    ),
    path(
        "protocols/<slug:slug>/adjudicate/<int:item_id>/",
        adjudication_views.adjudicate_item,
        name="protocol-adjudicate-item",
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
