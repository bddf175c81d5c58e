"""Criteria: what is asked, in versions whose wording never changes."""

from django.db import models
from django.db.models import Q

from evaluations.definitions.querysets import CriterionQuerySet, CriterionVersionQuerySet


class Level(models.TextChoices):
    """What a criterion is asked about."""

    PROMPT = "prompt", "the prompt"
    OUTPUT = "output", "one output"
    SET = "set", "a set of runs"
    TRACE_EDIT = "trace-edit", "an edited trace"
    MECHANISM = "mechanism", "the model's mechanism"


class AnsweredBy(models.TextChoices):
    JUDGE = "judge", "a judge"
    PROBE = "probe", "a probe"
    EVIDENCE = "evidence", "linked evidence"


def known(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """A check that *field* holds one of the declared choices."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


class Criterion(models.Model):
    """One atomic question. Its wording lives in versions."""

    key = models.SlugField(max_length=60, unique=True)
    level = models.CharField(max_length=12, choices=Level)
    answered_by = models.CharField(max_length=10, choices=AnsweredBy)
    process = models.BooleanField(
        default=False, help_text="Asks about the working rather than about the answer."
    )
    position = models.PositiveSmallIntegerField(default=1000)
    catalogue_digest = models.CharField(max_length=64, blank=True, editable=False)
    successors = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="Keys of the criteria that took its place. It is retired: no new rule or block "
        "may name it, while its answers stay and earlier versions of rules go on reading them.",
    )

    objects = CriterionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "key"]
        verbose_name_plural = "criteria"
        constraints = [
            known("level", Level, "criterion_level_known"),
            known("answered_by", AnsweredBy, "criterion_answered_by_known"),
            models.CheckConstraint(
                condition=~Q(answered_by="judge") | Q(level__in=["output", "prompt"]),
                name="criterion_judges_see_outputs_and_prompts",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class CriterionVersion(models.Model):
    """The wording of a criterion.

    Versions that share `meaning` ask the same thing in other words, so answers carry over; a
    version with a new `meaning` is a new question.
    """

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    meaning = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=80)
    question = models.TextField()
    guidance = models.TextField()
    positive_example = models.TextField(blank=True)
    positive_why = models.TextField(blank=True)
    negative_example = models.TextField(blank=True)
    negative_why = models.TextField(blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CriterionVersionQuerySet.as_manager()

    class Meta:
        ordering = ["criterion__position", "number"]
        constraints = [
            models.UniqueConstraint("criterion", "number", name="criterion_version_number"),
            models.UniqueConstraint(
                "criterion", condition=Q(is_current=True), name="criterion_version_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (v{self.number})"
