"""Decisions of moderators, append-only: the public log is made of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Reason(models.TextChoices):
    """Why something was decided. The first two withhold what it was about."""

    ABUSE = "abuse", "abuse"
    PERSONAL_DATA = "personal-data", "personal data"
    SPAM = "spam", "spam"
    DUPLICATE = "duplicate", "says the same as another"
    NOT_A_DEFINITION = "not-a-definition", "no definition"
    MISTAKE = "mistake", "a mistake"
    OTHER = "other", "another reason"


WITHHOLDING = (Reason.ABUSE, Reason.PERSONAL_DATA)


class Decision(models.Model):
    """One decision: what was done to what, why in a public sentence, and by whom."""

    verb = models.CharField(max_length=20, help_text="What was done, such as retire or suspend.")
    kind = models.CharField(max_length=20, help_text="What it is about, such as a definition.")
    label = models.CharField(max_length=200, blank=True, help_text="Its name, for moderators.")
    url = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20, choices=Reason)
    sentence = models.CharField(max_length=280, help_text="Public, for those concerned too.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    role = models.CharField(max_length=12, help_text="Staff or moderator, as the log names them.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=Reason.values), name="decision_reason_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}: {self.reason}"

    @property
    def is_withheld(self) -> bool:
        """Whether the log keeps back what it was about: accounts always, and by reason."""
        return self.kind == "account" or self.reason in WITHHOLDING
