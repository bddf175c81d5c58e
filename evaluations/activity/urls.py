from django.urls import path

from evaluations.activity import feed_views, people_views, views
from evaluations.activity.appeals import views as appeal_views
from evaluations.activity.flags import views as flag_views
from evaluations.activity.notices import unsubscribe_views
from evaluations.activity.notices import views as notice_views
from evaluations.common.tables import file_paths

urlpatterns = [
    path("feed/", feed_views.site_feed, name="feed"),
    path("definitions/<slug:slug>/feed/", feed_views.definition_feed, name="definition-feed"),
    path("debates/<slug:slug>/feed/", feed_views.debate_feed, name="debate-feed"),
    path(
        "collections/<str:owner>/<slug:slug>/feed/",
        feed_views.collection_feed,
        name="collection-feed",
    ),
    path("people/<str:name>/", people_views.person, name="person"),
    path("people/<str:name>/feed/", people_views.person_feed, name="person-feed"),
    path("hide/<int:pk>/", people_views.hiding, name="hide"),
    path("unsubscribe/<str:token>/", unsubscribe_views.unsubscribe, name="unsubscribe"),
    path("flag/<slug:what>/<int:pk>/", flag_views.flagging, name="flag"),
    path("notices/", notice_views.notices, name="notices"),
    path("follow/<slug:what>/<int:pk>/", notice_views.following, name="follow"),
    path("events/<int:pk>/", feed_views.event, name="event"),
    path("moderation/", views.log, name="moderation"),
    *file_paths("moderation", views.log_table, name="moderation"),
    path("moderation/feed/", feed_views.moderation_feed, name="moderation-feed"),
    path("moderation/months/", views.months, name="moderation-months"),
    *file_paths("moderation/months", views.months_table, name="moderation-months"),
    path("moderation/reports/", views.reports, name="moderation-reports"),
    path("moderation/reports/<int:output_id>/", views.report, name="moderation-report"),
    path("moderation/queue/", flag_views.flags, name="moderation-queue"),
    path("moderation/queue/<slug:what>/<int:pk>/", flag_views.deciding, name="moderation-decide"),
    path("moderation/decisions/<int:pk>/", appeal_views.decision, name="moderation-decision"),
    path("moderation/decisions/<int:pk>/appeal/", appeal_views.appealing, name="moderation-appeal"),
    path("moderation/decisions/<int:pk>/decide/", appeal_views.hearing, name="moderation-hearing"),
    path("moderation/people/<int:pk>/", views.account, name="moderation-account"),
]
