"""Judgments: who answered what, append-only.

A judgment is one sending of a form. Its answers are rows of their own, each to a criterion
version (the computed road) or to a definition version (the direct road). A later answer by the
same judge to the same question about the same subject supersedes the earlier one; the earlier
row stays, no longer current.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluations.definitions.models import Criterion, CriterionVersion, DefinitionVersion
from evaluations.judgments.querysets import AnswerQuerySet, FindingQuerySet, JudgmentQuerySet
from evaluations.prompts.models import Family, Prompt
from evaluations.runs.models import LanguageModel, Output, Recipe


class Value(models.TextChoices):
    """The four answers, to a criterion or to a definition as worded."""

    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    CANNOT_TELL = "cannot-tell", "Cannot tell"


class JudgeKind(models.TextChoices):
    PERSON = "person", "signed-in person"
    GUEST = "guest", "guest"
    MODEL = "model", "model"


ONE_SUBJECT = Q(output__isnull=False, prompt=None) | Q(output=None, prompt__isnull=False)


class Judge(models.Model):
    """Whoever answers: a person with an account, a visitor without one, or a model."""

    kind = models.CharField(max_length=8, choices=JudgeKind)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="judge"
    )
    guest_key = models.UUIDField(null=True, blank=True, unique=True)
    language_model = models.ForeignKey(LanguageModel, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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


class Block(models.Model):
    """A few criteria asked together, in order."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    is_default = models.BooleanField(default=False)
    criteria = models.ManyToManyField(Criterion, through="BlockCriterion", related_name="blocks")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                "is_default", condition=Q(is_default=True), name="block_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.title


class BlockCriterion(models.Model):
    block = models.ForeignKey(Block, models.CASCADE)
    criterion = models.ForeignKey(Criterion, models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["block", "position"]
        constraints = [
            models.UniqueConstraint("block", "criterion", name="block_criterion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.block_id}: {self.criterion_id}"


class Judgment(models.Model):
    """One saved form: a judge's answers about an output, or about a prompt."""

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="judgments")
    output = models.ForeignKey(
        Output, models.PROTECT, null=True, blank=True, related_name="judgments"
    )
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="judgments"
    )
    form_token = models.UUIDField(
        default=uuid.uuid4, help_text="Made with the form: a second sending is the same judgment."
    )
    blind = models.BooleanField(
        default=True, help_text="Given before this judge was shown others' answers."
    )
    on_summary = models.BooleanField(
        default=False, help_text="Rests on a summary, since the full trace was not visible."
    )
    comment = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = JudgmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="judgment_one_subject"),
            models.UniqueConstraint(
                "judge", "form_token", "output", "prompt",
                name="judgment_once_a_form", nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["judge", "-id"], name="judgment_by_judge"),
            models.Index(
                fields=["id"], name="judgment_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Judgment {self.pk}"


class Answer(models.Model):
    """One answer. Judge and subject are repeated here so that PostgreSQL can keep it unique."""

    judgment = models.ForeignKey(Judgment, models.PROTECT, related_name="answers")
    judge = models.ForeignKey(Judge, models.PROTECT, related_name="answers")
    output = models.ForeignKey(
        Output, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    prompt = models.ForeignKey(
        Prompt, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    criterion = models.ForeignKey(
        Criterion, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    criterion_version = models.ForeignKey(
        CriterionVersion, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    meaning = models.PositiveSmallIntegerField(
        default=1, help_text="The criterion version's: a new question supersedes no old answer."
    )
    definition_version = models.ForeignKey(
        DefinitionVersion, models.PROTECT, null=True, blank=True, related_name="direct_answers"
    )
    value = models.CharField(max_length=12, choices=Value)
    words = models.TextField(blank=True, help_text="Direct road: the words that decided.")
    reason = models.TextField(blank=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="answer_one_subject"),
            models.CheckConstraint(condition=Q(value__in=Value.values), name="answer_value_known"),
            models.CheckConstraint(
                condition=Q(
                    criterion__isnull=False,
                    criterion_version__isnull=False,
                    definition_version=None,
                )
                | Q(
                    criterion=None,
                    criterion_version=None,
                    definition_version__isnull=False,
                    prompt=None,
                ),
                name="answer_one_road",
            ),
            models.UniqueConstraint(
                "judge", "output", "criterion", "meaning",
                condition=Q(is_current=True, output__isnull=False, criterion__isnull=False),
                name="answer_one_current_on_output",
            ),
            models.UniqueConstraint(
                "judge", "prompt", "criterion", "meaning",
                condition=Q(is_current=True, prompt__isnull=False),
                name="answer_one_current_on_prompt",
            ),
            models.UniqueConstraint(
                "judge", "output", "definition_version",
                condition=Q(is_current=True, definition_version__isnull=False),
                name="answer_one_current_direct",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.criterion_id or self.definition_version_id}: {self.value}"


class Reveal(models.Model):
    """A judge chose to see others' answers on an output; later judgments are not blind."""

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="reveals")
    output = models.ForeignKey(Output, models.CASCADE, related_name="reveals")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("judge", "output", name="reveal_once")]

    def __str__(self) -> str:
        return f"{self.judge} saw {self.output}"


class Skip(models.Model):
    """A judge passed an output by, with a reason."""

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="skips")
    output = models.ForeignKey(Output, models.CASCADE, related_name="skips")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("judge", "output", name="skip_once")]

    def __str__(self) -> str:
        return f"{self.judge} skipped {self.output}"


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
