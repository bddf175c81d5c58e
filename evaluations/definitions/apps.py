from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "evaluations.definitions"
    default_auto_field = "django.db.models.BigAutoField"
