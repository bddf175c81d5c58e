"""Runs that were put together in one form, and what of an output is written so far."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.accounts.visibility import Audience


class Grid(models.Model):
    """Models by recipes by prompt sets: each cell is a run, and all of them have one ceiling.

    Until it is launched only its first prompts are asked, and its runs are private.
    """

    form_token = models.UUIDField(unique=True)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="grids"
    )
    asked = models.JSONField(default=dict, help_text="What was typed into the form.")
    visibility = models.CharField(
        max_length=8, choices=Audience, blank=True, help_text="Empty: as each prompt set is read."
    )
    publish_on = models.DateField(null=True, blank=True)
    reuses = models.BooleanField(default=True)
    ceiling_dollars = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    ceiling_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    launched_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ceiling_dollars=None) | Q(ceiling_dollars__gt=0),
                name="grid_ceiling_in_dollars_positive",
            ),
            models.CheckConstraint(
                condition=Q(ceiling_tokens=None) | Q(ceiling_tokens__gt=0),
                name="grid_ceiling_in_tokens_positive",
            ),
            models.CheckConstraint(
                condition=Q(launched_at=None) | Q(dropped_at=None),
                name="grid_launched_or_dropped",
            ),
        ]

    def __str__(self) -> str:
        return f"Grid {self.pk}"

    @property
    def is_tried(self) -> bool:
        """Whether only its first prompts are asked, and the rest waits for somebody's word."""
        return self.launched_at is None and self.dropped_at is None

    @property
    def has_ceiling(self) -> bool:
        return self.ceiling_dollars is not None or self.ceiling_tokens is not None

    def get_absolute_url(self) -> str:
        return reverse("grid", args=[self.pk])


class FirstWords(models.Model):
    """What is written so far of an output that is being written: replaced every second or so.

    It is no record: it goes with the output's end, and who may not steer the run never sees it.
    """

    output = models.OneToOneField(
        "runs.Output", models.CASCADE, primary_key=True, related_name="first_words"
    )
    owner = models.CharField(max_length=80)
    attempt = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "first words"

    def __str__(self) -> str:
        return f"First words of output {self.output_id}"
