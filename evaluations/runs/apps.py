from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "evaluations.runs"
    default_auto_field = "django.db.models.BigAutoField"
