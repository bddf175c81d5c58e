"""Answers that no judge gives."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models.judging import Value
from evaluations.judgments.querysets import FindingQuerySet
from evaluations.prompts.models import Family, Prompt
from evaluations.runs.models import LanguageModel, Output, Recipe


class Source(models.TextChoices):
    PROBE = "probe", "a probe"
    EVIDENCE = "evidence", "linked evidence"


class Finding(models.Model):
    """An answer that no judge gives: from a probe, or from evidence with a link."""

    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="findings")
    output = models.ForeignKey(
        Output, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    model = models.ForeignKey(
        LanguageModel, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    recipe = models.ForeignKey(
        Recipe, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    family = models.ForeignKey(
        Family, models.PROTECT, null=True, blank=True, related_name="findings"
    )
    value = models.CharField(max_length=12, choices=Value)
    source = models.CharField(max_length=10, choices=Source)
    link = models.URLField(blank=True)
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(output__isnull=False, prompt=None, model=None, recipe=None, family=None)
                | Q(output=None, prompt__isnull=False, model=None, recipe=None, family=None)
                | Q(
                    output=None,
                    prompt=None,
                    model__isnull=False,
                    recipe__isnull=False,
                    family__isnull=False,
                )
                | Q(output=None, prompt=None, model__isnull=False, recipe=None, family=None),
                name="finding_one_subject",
            ),
            models.CheckConstraint(condition=Q(value__in=Value.values), name="finding_value_known"),
            models.CheckConstraint(
                condition=Q(source="probe") | ~Q(link=""), name="finding_evidence_has_link"
            ),
            models.UniqueConstraint(
                "criterion_version", "output", "prompt", "model", "recipe", "family",
                condition=Q(is_current=True), nulls_distinct=False,
                name="finding_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.criterion_version}: {self.value}"
