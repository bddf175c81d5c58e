from django.apps import AppConfig


class LeaderboardsConfig(AppConfig):
    name = "evaluations.leaderboards"
    default_auto_field = "django.db.models.BigAutoField"
