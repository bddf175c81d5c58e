from django.apps import AppConfig


class JudgmentsConfig(AppConfig):
    name = "evaluations.judgments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.judgments import signals  # noqa: F401, PLC0415
