from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.runs.models import LanguageModel


class JudgeKind(models.TextChoices):
    PERSON = "person", "signed-in person"
    GUEST = "guest", "guest"
    MODEL = "model", "model"


class Judge(models.Model):
    """Whoever answers: a person with an account, a visitor without one, or a model."""

    kind = models.CharField(max_length=8, choices=JudgeKind)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="judge"
    )
    guest_key = models.UUIDField(null=True, blank=True, unique=True)
    language_model = models.ForeignKey(LanguageModel, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    address = ""
    """Of a guest during a request: the hash of the day of their address. Not stored here."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", guest_key=None, language_model=None)
                | Q(kind="guest", user=None, guest_key__isnull=False, language_model=None)
                | Q(kind="model", user=None, guest_key=None, language_model__isnull=False),
                name="judge_is_one_kind",
            )
        ]

    def __str__(self) -> str:
        return f"Judge {self.pk}"
