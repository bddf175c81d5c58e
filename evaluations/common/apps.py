from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "evaluations.common"
    default_auto_field = "django.db.models.BigAutoField"
