from django.apps import AppConfig


class DebatesConfig(AppConfig):
    name = "evaluations.debates"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.accounts.standing import had_to_be_taken_back  # noqa: PLC0415
        from evaluations.debates import telling  # noqa: F401, PLC0415
        from evaluations.debates.retiring_actions import retired_for_abuse  # noqa: PLC0415

        had_to_be_taken_back.append(retired_for_abuse)
