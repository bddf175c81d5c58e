"""Deciding what judges disagree on, with the kind of disagreement."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.definitions.models import Criterion, CriterionVersion
from evaluations.judgments.models.judging import Value
from evaluations.judgments.models.protocols import Item


class Reason(models.TextChoices):
    """Why judges parted."""

    AMBIGUOUS = "ambiguous-output", "ambiguous output"
    UNCLEAR = "criterion-unclear", "criterion unclear"
    GAP = "definition-gap", "definition gap"
    SLIP = "slip", "slip"
    REAL = "real-disagreement", "real disagreement"


class Adjudication(models.Model):
    """A decision on one question about one item, beside the answers and never in their place."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="adjudications")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="adjudications")
    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="+")
    value = models.CharField(max_length=12, choices=Value)
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="adjudications"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__in=Value.values), name="adjudication_value_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=Reason.values), name="adjudication_reason_known"
            ),
            models.UniqueConstraint(
                "item", "criterion", condition=Q(is_current=True), name="adjudication_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.value} ({self.reason})"
