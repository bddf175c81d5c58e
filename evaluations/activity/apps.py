from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "evaluations.activity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.activity import signals  # noqa: F401, PLC0415
