from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.judgments.review import adjudication_views, aside_views, views
from evaluations.judgments.review.comparison_views import comparisons_table

ONE = "protocols/<slug:slug>"
DECIDE = f"{ONE}/adjudicate/"

urlpatterns = [
    path("judges/", aside_views.judges, name="judges"),
    *file_paths("judges", aside_views.judges_table, name="judges", cached=False),
    path("judges/<int:pk>/aside/", aside_views.aside, name="set-aside"),
    path(f"{ONE}/progress/", views.progress, name="protocol-progress"),
    *file_paths(
        f"{ONE}/progress/<slug:table>", views.progress_table, name="protocol-progress", cached=False
    ),
    path(DECIDE, adjudication_views.adjudicate_next, name="protocol-adjudicate"),
    path(
        f"{DECIDE}<int:item_id>/",
        adjudication_views.adjudicate_item,
        name="protocol-adjudicate-item",
    ),
    *file_paths(f"{ONE}/comparisons", comparisons_table, name="comparisons", cached=False),
]
