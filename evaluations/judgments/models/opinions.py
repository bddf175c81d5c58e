"""Model judges: a language model asked the judges' questions through the inference queue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models.blocks import Block
from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.judging import Judgment, Value
from evaluations.runs.models import Output


class OpinionState(models.TextChoices):
    WAITING = "waiting", "waiting"
    ANSWERED = "answered", "answered"
    UNPARSEABLE = "unparseable", "could not be read"
    FAILED = "failed", "failed"


class Opinion(models.Model):
    """One asking of a model judge: `asked_as` is the row in the inference queue that writes it.

    Where several samples are asked for, each is a row with its own answers, and the one that is
    read last holds the judgment that they come to together.
    """

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="opinions")
    output = models.ForeignKey(Output, models.PROTECT, related_name="opinions")
    block = models.ForeignKey(Block, models.PROTECT, related_name="opinions")
    asked_as = models.OneToOneField(Output, models.PROTECT, related_name="opinion")
    prompt_version = models.PositiveSmallIntegerField()
    sample = models.PositiveSmallIntegerField(default=0)
    values = models.JSONField(
        default=list, blank=True, help_text="The answers that were read, in the order asked."
    )
    state = models.CharField(max_length=12, choices=OpinionState, default=OpinionState.WAITING)
    note = models.CharField(max_length=300, blank=True, help_text="Why it could not be read.")
    judgment = models.OneToOneField(
        Judgment, models.PROTECT, null=True, blank=True, related_name="opinion"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # What failed, or was worded anew, is asked again: a row of its own.
            models.UniqueConstraint(
                "judge", "output", "block", "prompt_version", "sample",
                condition=Q(state="waiting"), name="opinion_one_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OpinionState.values), name="opinion_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(judgment__isnull=False) | ~Q(values=[]),
                name="opinion_answered_has_judgment",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["id"], name="opinion_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"Opinion {self.pk}: {self.state}"


class ImportedOpinion(models.Model):
    """One answer of one sample of a model judge that was asked elsewhere."""

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="imported_opinions")
    output = models.ForeignKey(Output, models.PROTECT, related_name="imported_opinions")
    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="+")
    sample = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=12, choices=Value)
    judgment = models.ForeignKey(
        Judgment, models.PROTECT, related_name="imported_opinions",
        help_text="What the samples known by then came to.",
    )  # fmt: skip
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "output", "criterion_version", "sample"],
                name="imported_opinion_once",
            ),
            models.CheckConstraint(
                condition=Q(value__in=Value.values), name="imported_opinion_value_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Imported opinion {self.pk}: {self.value}"
