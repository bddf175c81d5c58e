from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "reasoning_site.embedded"
    label = "embedded"

    def ready(self) -> None:
        from reasoning_site.embedded import broker

        broker.register()
