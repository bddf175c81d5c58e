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
    path("", include("evaluations.leaderboards.output_urls")),
    path("", include("evaluations.judgments.urls")),
    path("", include("evaluations.judgments.pair_urls")),
    path("", include("evaluations.judgments.about_prompt_urls")),
    path("", include("evaluations.judgments.me_urls")),
    path("", include("evaluations.judgments.protocol_urls")),
    path("", include("evaluations.judgments.review_urls")),
    path("", include("evaluations.judgments.opinion_urls")),
    path("", include("evaluations.runs.urls")),
    path("accounts/", include("evaluations.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
