from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.exchange.studies import views

PROTOCOL = "protocols/<slug:slug>"
RUN = "runs/<int:run_id>"
COLLECTION = "collections/<str:owner>/<slug:slug>"

urlpatterns = [
    path(f"{PROTOCOL}/files/", views.protocol_files, name="protocol-files"),
    path(f"{PROTOCOL}/files.zip", views.protocol_zip, name="protocol-files-zip"),
    path(f"{PROTOCOL}/frozen.zip", views.protocol_frozen, name="protocol-frozen-zip"),
    path(f"{RUN}/files/", views.run_files, name="run-files"),
    path(f"{RUN}/files.zip", views.run_zip, name="run-files-zip"),
    path(f"{RUN}/frozen.zip", views.run_frozen, name="run-frozen-zip"),
    path(f"{RUN}.jsonl", views.run_replies, name="run-jsonl"),
    path(f"{RUN}/scores-<slug:slug>.jsonl", views.run_scores, name="run-scores-jsonl"),
    path(f"{COLLECTION}/files/", views.collection_files, name="collection-files"),
    path(f"{COLLECTION}/files.zip", views.collection_zip, name="collection-files-zip"),
    path(f"{COLLECTION}/frozen.zip", views.collection_frozen, name="collection-frozen-zip"),
    *file_paths("outputs/<int:output_id>", views.output_table, name="output", cached=False),
    path("data/exports/<int:pk>/", views.export, name="study-export"),
    path("data/exports/<int:pk>.zip", views.export_zip, name="study-export-zip"),
]
