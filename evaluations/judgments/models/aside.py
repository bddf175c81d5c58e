"""Judges who are set aside: what they said stays in the record and counts nowhere by itself."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.protocols import Protocol
from evaluations.judgments.querysets import SetAsideQuerySet


class SetAside(models.Model):
    """That a judge is set aside, under one protocol or everywhere, or that this is lifted."""

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="set_aside")
    protocol = models.ForeignKey(
        Protocol, models.CASCADE, null=True, blank=True, related_name="set_aside"
    )
    reason = models.CharField(max_length=280, help_text="Public: the judge reads it too.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lifts = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="lifted_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="set_aside_has_reason"),
        ]

    def __str__(self) -> str:
        done = "lifted" if self.lifts_id else "set aside"
        where = f" under “{self.protocol.title}”" if self.protocol else ""
        day = self.created_at
        return f"{done} on {day.day} {day:%B %Y}{where}: {self.reason}"
