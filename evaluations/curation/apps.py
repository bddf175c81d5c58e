from django.apps import AppConfig


class CurationConfig(AppConfig):
    name = "evaluations.curation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.accounts.standing import had_to_be_taken_back  # noqa: PLC0415
        from evaluations.curation import signals  # noqa: F401, PLC0415
        from evaluations.curation.actions import retired_by_others  # noqa: PLC0415

        had_to_be_taken_back.append(retired_by_others)
