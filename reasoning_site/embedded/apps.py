from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "reasoning_site.embedded"
    label = "embedded"
