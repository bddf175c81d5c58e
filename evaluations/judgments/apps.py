from django.apps import AppConfig


class JudgmentsConfig(AppConfig):
    name = "evaluations.judgments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from evaluations.accounts.standing import has_judged  # noqa: PLC0415
        from evaluations.common.decisions import bars  # noqa: PLC0415
        from evaluations.judgments import signals  # noqa: F401, PLC0415
        from evaluations.judgments.by_hand.moderation import own_text  # noqa: PLC0415
        from evaluations.judgments.judges.visitors import has_judged_blind  # noqa: PLC0415

        has_judged.append(has_judged_blind)
        bars.append(own_text)
