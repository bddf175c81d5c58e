from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "evaluations.exchange"
    default_auto_field = "django.db.models.BigAutoField"
