from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("evaluations.pages.urls")),
    path("", include("evaluations.pages.text_urls")),
    path("", include("evaluations.leaderboards.workshop_urls")),
    path("", include("evaluations.leaderboards.whatif_urls")),
    path("", include("evaluations.leaderboards.comparison_urls")),
    path("", include("evaluations.leaderboards.snapshot_urls")),
    path("", include("evaluations.leaderboards.matrix_urls")),
    path("", include("evaluations.leaderboards.definition_urls")),
    path("", include("evaluations.leaderboards.board_view_urls")),
    path("", include("evaluations.leaderboards.urls")),
    path("", include("evaluations.judgments.outputs.urls")),
    path("", include("evaluations.judgments.judging.urls")),
    path("", include("evaluations.judgments.pairs.urls")),
    path("", include("evaluations.judgments.about_prompts.urls")),
    path("", include("evaluations.judgments.me.urls")),
    path("", include("evaluations.judgments.protocols.urls")),
    path("", include("evaluations.judgments.review.urls")),
    path("", include("evaluations.judgments.opinions.urls")),
    path("", include("evaluations.runs.urls")),
    path("accounts/", include("evaluations.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
