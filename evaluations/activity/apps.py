from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "evaluations.activity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.activity import signals  # noqa: F401, PLC0415
        from evaluations.activity.flags.waiting import (  # noqa: PLC0415
            asked_for_other_words,
            folded,
            own_flag,
            under_flags,
        )
        from evaluations.activity.hiding import by_hidden  # noqa: PLC0415
        from evaluations.common.decisions import asks, bars, waits  # noqa: PLC0415
        from evaluations.common.folding import answers  # noqa: PLC0415

        answers.extend((folded, by_hidden))
        bars.append(own_flag)
        waits.append(under_flags)
        asks.append(asked_for_other_words)
