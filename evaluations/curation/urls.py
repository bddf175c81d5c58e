from django.urls import path

from evaluations.common.tables import file_paths
from evaluations.curation import adding_views, version_views, views, writing_views
from evaluations.curation.by_rule import views as rule_views
from evaluations.curation.outward import embed_views, file_views
from evaluations.curation.rounds import views as round_views
from evaluations.curation.suggestions import views as suggestion_views

ONE = "collections/<str:owner>/<slug:slug>"
FROZEN = f"{ONE}/<snapshot:name>"

urlpatterns = [
    path("collections/", views.collections, name="collections"),
    path("collections/new/", writing_views.new, name="collection-new"),
    path("collections/add/", adding_views.add, name="collection-add"),
    path("collections/site/<slug:name>/", rule_views.by_rule, name="collection-by-rule"),
    path(
        "collections/site/<slug:name>/fork/", rule_views.rule_fork, name="collection-by-rule-fork"
    ),
    path(
        "collections/site/<slug:name>/round/", round_views.rule_round_new,
        name="collection-by-rule-round",
    ),
    path(f"{ONE}/", views.collection, name="collection"),
    path(f"{ONE}/open/", views.opening, name="collection-open"),
    path(f"{ONE}/edit/", writing_views.edit, name="collection-edit"),
    path(f"{ONE}/edit/place/", writing_views.place_item, name="collection-place"),
    path(f"{ONE}/edit/<int:key>/", writing_views.item, name="collection-item"),
    path(f"{ONE}/publish/", writing_views.publish, name="collection-publish"),
    path(f"{ONE}/retire/", writing_views.retiring, name="collection-retire"),
    path(f"{ONE}/feature/", writing_views.featuring, name="collection-feature"),
    path(f"{ONE}/freeze/", version_views.freezing, name="collection-freeze"),
    path(f"{ONE}/suggest/", suggestion_views.suggesting, name="collection-suggest"),
    path(f"{ONE}/suggest/<int:key>/", suggestion_views.deciding, name="collection-suggestion"),
    path(f"{ONE}/round/", round_views.round_new, name="collection-round"),
    path("rounds/", round_views.rounds, name="rounds"),
    path("rounds/<str:code>/", round_views.round_page, name="round"),
    *file_paths("rounds/<str:code>", round_views.round_table, name="round", cached=False),
    path("rounds/<str:code>/join/", round_views.round_join, name="round-join"),
    path("rounds/<str:code>/open/", round_views.round_open, name="round-open"),
    path("rounds/<str:code>/show/", round_views.round_reveal, name="round-show"),
    path(f"{ONE}/embed/", embed_views.embed, name="collection-embed"),
    *(
        path(f"{ONE}.{form}", file_views.live_file, {"form": form}, name=f"collection-{form}")
        for form in file_views.TYPES
    ),
    path(f"{FROZEN}/", version_views.version, name="collection-version"),
    path(f"{FROZEN}/open/", version_views.version_opening, name="collection-version-open"),
    path(f"{FROZEN}/fork/", version_views.forking, name="collection-fork"),
    path(f"{FROZEN}/embed/", embed_views.version_embed, name="collection-version-embed"),
    path(f"{FROZEN}.bib", version_views.version_bib, name="collection-version-bib"),
    *(
        path(
            f"{FROZEN}.{form}", file_views.version_file, {"form": form},
            name=f"collection-version-{form}",
        )
        for form in file_views.TYPES
    ),
    path("oembed", embed_views.oembed, name="oembed"),
]  # fmt: skip
