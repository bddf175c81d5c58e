from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.debates import outward_views, views, voting_views, writing_views

ONE = "debates/<slug:slug>"
FROZEN = f"{ONE}/<snapshot:name>"
SAID = "statements/<int:statement_id>"

urlpatterns = [
    path("debates/", views.debates, name="debates"),
    *file_paths("debates", views.debates_table, name="debates"),
    path(f"{ONE}/", views.debate, name="debate"),
    path(f"{ONE}/v/<int:number>/", views.debate_version, name="debate-version"),
    path(f"{ONE}/v/<int:number>/stance/", voting_views.standing, name="debate-stance"),
    path(f"{ONE}/state/", writing_views.stating, name="debate-state"),
    path(f"{ONE}/open/", writing_views.opening, name="debate-open"),
    path(f"{ONE}/freeze/", outward_views.freezing, name="debate-freeze"),
    *file_paths(
        f"{ONE}/statements", views.statements_table, name="debate-statements", cached=False
    ),
    path(f"{ONE}.jsonl", outward_views.lines, name="debate-jsonl"),
    path(f"{FROZEN}/", outward_views.snapshot, name="debate-snapshot"),
    *file_paths(FROZEN, outward_views.snapshot_table, name="debate-snapshot"),
    path(f"{SAID}/", views.statement, name="statement"),
    path(f"{SAID}/vote/", voting_views.voting, name="statement-vote"),
    path(f"{SAID}/react/", voting_views.reacting, name="statement-react"),
    path(f"{SAID}/evidence/", writing_views.adding_evidence, name="statement-evidence"),
    path(f"{SAID}/reword/", writing_views.rewording, name="statement-reword"),
    path(f"{SAID}/carry/", writing_views.carrying, name="statement-carry"),
    path(f"{SAID}/retire/", writing_views.retiring, name="statement-retire"),
]
