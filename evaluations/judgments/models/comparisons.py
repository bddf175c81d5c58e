"""Pairwise judgments of two outputs to the same prompt."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.judging import GuestCheck, Way
from evaluations.judgments.models.protocols import Item
from evaluations.judgments.querysets import ComparisonQuerySet
from evaluations.runs.models import Output


class Preference(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    TIE = "tie", "Tie"
    NEITHER = "neither", "Neither"


class Comparison(models.Model):
    """Which of two outputs is more of reasoning, by a definition or plainly.

    `left` and `right` are the sides on which this judge saw them.
    """

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="comparisons")
    item = models.ForeignKey(
        Item, models.PROTECT, null=True, blank=True, related_name="comparisons"
    )
    left = models.ForeignKey(Output, models.PROTECT, related_name="+")
    right = models.ForeignKey(Output, models.PROTECT, related_name="+")
    definition_version = models.ForeignKey(
        DefinitionVersion, models.PROTECT, null=True, blank=True, related_name="comparisons"
    )
    value = models.CharField(max_length=8, choices=Preference)
    form_token = models.UUIDField(default=uuid.uuid4)
    blind = models.BooleanField(default=True)
    masked = models.BooleanField(
        default=False,
        help_text="Names that give a model away were masked in one of the two, or both.",
    )
    guest_check = models.CharField(max_length=16, choices=GuestCheck, default=GuestCheck.COUNTED)
    way = models.CharField(max_length=8, choices=Way, default=Way.UNKNOWN, db_default=Way.UNKNOWN)
    finishes_item = models.BooleanField(default=False)
    is_surplus = models.BooleanField(default=False)
    comment = models.TextField(blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__in=Preference.values), name="comparison_value_known"
            ),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="comparison_way_known"),
            models.CheckConstraint(condition=~Q(left=F("right")), name="comparison_of_two"),
            models.UniqueConstraint("judge", "form_token", name="comparison_once_a_form"),
            models.UniqueConstraint(
                F("judge"), Least("left", "right"),
                Greatest("left", "right"), F("definition_version"),
                condition=Q(is_current=True), nulls_distinct=False,
                name="comparison_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.left_id} against {self.right_id}: {self.value}"
