from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "evaluations.definitions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.accounts.standing import had_to_be_taken_back  # noqa: PLC0415
        from evaluations.definitions.moves import retired_by_staff  # noqa: PLC0415

        had_to_be_taken_back.append(retired_by_staff)
