from django.urls import include, path

from evaluations.common.tables import file_paths
from evaluations.exchange.loading import views

ONE = "data/import/<int:job_id>"

urlpatterns = [
    path("data/import/", views.new, name="import-new"),
    path(f"{ONE}/", views.job, name="import-job"),
    path("", include("evaluations.exchange.studies.urls")),
    path("", include("evaluations.exchange.eee.urls")),
    path("", include("evaluations.exchange.releases.urls")),
    *file_paths(f"{ONE}/refused", views.refused_lines, name="import-refused", cached=False),
]
