from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

handler400 = "evaluations.api.doorway.unreadable"

urlpatterns = [
    path("", include("evaluations.pages.urls")),
    path("", include("evaluations.pages.text_urls")),
    path("", include("evaluations.exchange.urls")),
    path("", include("evaluations.activity.urls")),
    path("", include("evaluations.curation.urls")),
    path("", include("evaluations.debates.urls")),
    path("", include("evaluations.leaderboards.definition_pages.workshop_urls")),
    path("", include("evaluations.leaderboards.yours.urls")),
    path("", include("evaluations.leaderboards.whatif.urls")),
    path("", include("evaluations.leaderboards.comparisons.urls")),
    path("", include("evaluations.leaderboards.snapshots.urls")),
    path("", include("evaluations.leaderboards.overview.urls")),
    path("", include("evaluations.leaderboards.logic.urls")),
    path("", include("evaluations.leaderboards.definition_pages.urls")),
    path("", include("evaluations.leaderboards.aspects.urls")),
    path("", include("evaluations.leaderboards.boards.urls")),
    path("", include("evaluations.leaderboards.listing.urls")),
    path("", include("evaluations.judgments.outputs.urls")),
    path("", include("evaluations.judgments.judging.urls")),
    path("", include("evaluations.judgments.pairs.urls")),
    path("", include("evaluations.judgments.about_prompts.urls")),
    path("", include("evaluations.judgments.by_hand.urls")),
    path("", include("evaluations.judgments.me.urls")),
    path("", include("evaluations.judgments.protocols.urls")),
    path("", include("evaluations.judgments.review.urls")),
    path("", include("evaluations.judgments.opinions.urls")),
    path("", include("evaluations.prompts.urls")),
    path("", include("evaluations.runs.urls")),
    path("", include("evaluations.api.urls")),
    path("accounts/", include("evaluations.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    # The administration's own form would take any number of guesses.
    path("admin/login/", secure_admin_login(admin.site.login)),
    path("admin/", admin.site.urls),
]
