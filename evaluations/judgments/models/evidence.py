"""What a judge points at: marked text, labels of steps, the first error."""

from django.db import models
from django.db.models import F, Q

from evaluations.definitions.models import Criterion
from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.judging import Judgment
from evaluations.runs.models import Output, Step


class Part(models.TextChoices):
    """The text in which a mark lies."""

    TRACE = "trace", "working"
    ANSWER = "answer", "answer"
    PROMPT = "prompt", "prompt"


class Mark(models.Model):
    """A piece of text marked as evidence, for a criterion or for none in particular.

    `start` and `end` are code points of the part as stored. The quote, what stands before and
    after it, and the hash of the whole part find the place again and prove that it is the same.
    """

    judgment = models.ForeignKey(Judgment, models.PROTECT, related_name="marks")
    judge = models.ForeignKey(Judge, models.PROTECT, related_name="marks")
    output = models.ForeignKey(Output, models.PROTECT, related_name="marks")
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, null=True, blank=True, related_name="marks"
    )
    part = models.CharField(max_length=8, choices=Part)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    text_sha256 = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["part", "start", "end", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="mark_not_empty"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="mark_part_known"),
        ]
        indexes = [
            models.Index(
                fields=["output", "judge"], name="mark_current", condition=Q(is_current=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.start}-{self.end}"


class StepRole(models.TextChoices):
    """What a step does in the working."""

    OBSERVATION = "observation", "Observation"
    INFERENCE = "inference", "Inference"
    CONCLUSION = "conclusion", "Conclusion"
    PLAN = "plan", "Plan"
    CHECK = "check", "Check"
    RESTATEMENT = "restatement", "Restatement"
    FILLER = "filler", "Filler"


class StepLabel(models.Model):
    """One judge's label of one step. Not marked and neither right nor wrong (0) are two things."""

    judgment = models.ForeignKey(Judgment, models.PROTECT, related_name="step_labels")
    judge = models.ForeignKey(Judge, models.PROTECT, related_name="step_labels")
    step = models.ForeignKey(Step, models.PROTECT, related_name="labels")
    role = models.CharField(max_length=12, choices=StepRole, blank=True)
    correctness = models.SmallIntegerField(
        null=True, blank=True, help_text="-1 wrong, 0 neither, 1 right; empty where not marked."
    )
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["step", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="") | Q(role__in=StepRole.values), name="step_label_role_known"
            ),
            models.CheckConstraint(
                condition=Q(correctness=None) | Q(correctness__gte=-1, correctness__lte=1),
                name="step_label_correctness_range",
            ),
            models.CheckConstraint(
                condition=~Q(role="") | Q(correctness__isnull=False),
                name="step_label_says_something",
            ),
            models.UniqueConstraint(
                "judge", "step", condition=Q(is_current=True), name="step_label_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.step_id}: {self.role} {self.correctness}"


class FirstError(models.Model):
    """The first step with an error, or none (`step` empty), under a segmentation version."""

    judgment = models.ForeignKey(Judgment, models.PROTECT, related_name="first_errors")
    judge = models.ForeignKey(Judge, models.PROTECT, related_name="first_errors")
    output = models.ForeignKey(Output, models.PROTECT, related_name="first_errors")
    segmentation = models.PositiveSmallIntegerField()
    step = models.ForeignKey(
        Step, models.PROTECT, null=True, blank=True, related_name="first_errors"
    )
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "judge", "output", "segmentation",
                condition=Q(is_current=True), name="first_error_one_current",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.output_id}: {self.step_id or 'no error'}"
