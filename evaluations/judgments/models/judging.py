"""Judgments: who answered what, append-only.

A judgment is one sending of a form. Its answers are rows of their own, each to a criterion
version (the computed road), to a definition version (the direct road), or to the holistic
question that names no definition. A later answer by the same judge to the same question about
the same subject supersedes the earlier one; the earlier row stays, no longer current.
"""

import uuid

from django.db import models
from django.db.models import Q

from evaluations.definitions.models import Criterion, CriterionVersion, DefinitionVersion
from evaluations.judgments.models.judges import Judge
from evaluations.judgments.models.protocols import Item
from evaluations.judgments.querysets import AnswerQuerySet, JudgmentQuerySet
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output


class Value(models.TextChoices):
    """The four answers, to a criterion or to a definition as worded."""

    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    CANNOT_TELL = "cannot-tell", "Cannot tell"


class GuestCheck(models.TextChoices):
    """What became of the check on a guest's judgment; none of the three is dropped."""

    COUNTED = "counted", "counted"
    HELD_BACK = "held-back", "held back"
    COULD_NOT_CHECK = "could-not-check", "could not check"


class Way(models.TextChoices):
    """How what is judged came to its judge."""

    SERVED = "served", "served"
    CHOSEN = "chosen", "opened by its own address"
    UNKNOWN = "unknown", "saved before this was noted"


ONE_SUBJECT = Q(output__isnull=False, prompt=None) | Q(output=None, prompt__isnull=False)


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
    masked = models.BooleanField(
        default=False, help_text="Names that give the model away were masked in what was read."
    )
    suggestion_shown = models.BooleanField(
        null=True, help_text="A model judge's answers were shown first; empty where none existed."
    )
    guest_check = models.CharField(
        max_length=16,
        choices=GuestCheck,
        default=GuestCheck.COUNTED,
        help_text="Whether a guest's judgment is counted where guests are.",
    )
    way = models.CharField(
        max_length=8,
        choices=Way,
        default=Way.UNKNOWN,
        db_default=Way.UNKNOWN,
        help_text="Whether the site served it or the judge chose it.",
    )
    item = models.ForeignKey(
        Item,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="judgments",
        help_text="The item of a protocol that this was served for.",
    )
    page = models.CharField(
        max_length=80, blank=True, help_text="Which of the item's pages, such as block:first."
    )
    position = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The page's place in the order this judge was given."
    )
    finishes_item = models.BooleanField(
        default=False, help_text="The last page of the item for this judge."
    )
    is_surplus = models.BooleanField(
        default=False,
        help_text="Fills no place: it came after the item had all the judges it needed, or "
        "does not count now.",
    )
    is_repeat = models.BooleanField(
        default=False,
        help_text="The judge answered this page before and was asked again, to tell how steady "
        "they are. Its answers are never in force.",
    )
    takes_back = models.ForeignKey(
        "Answer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The call that this form left open after it had been given.",
    )
    comment = models.TextField(blank=True)
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Percent, as the judge states it."
    )
    expected_agreement = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Percent of judges who will answer the same."
    )
    seconds = models.FloatField(null=True, blank=True, help_text="Time spent, idle time taken out.")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = JudgmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=ONE_SUBJECT, name="judgment_one_subject"),
            models.CheckConstraint(
                condition=Q(guest_check__in=GuestCheck.values), name="judgment_check_known"
            ),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="judgment_way_known"),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__lte=100),
                name="judgment_confidence_percent",
            ),
            models.CheckConstraint(
                condition=Q(expected_agreement=None) | Q(expected_agreement__lte=100),
                name="judgment_expected_percent",
            ),
            models.UniqueConstraint(
                "judge", "item", condition=Q(finishes_item=True, withdrawn_at=None),
                name="judgment_finishes_item_once",
            ),
            models.UniqueConstraint(
                "judge", "form_token", "output", "prompt",
                name="judgment_once_a_form", nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["judge", "-id"], name="judgment_by_judge"),
            models.Index(
                fields=["item", "judge"], name="judgment_by_item", condition=Q(withdrawn_at=None)
            ),
            models.Index(
                fields=["id"], name="judgment_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
            models.Index(fields=["judge"], name="judgment_repeats", condition=Q(is_repeat=True)),
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
    is_holistic = models.BooleanField(
        default=False, help_text="To “would you call this reasoning?”, without any definition."
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
                    is_holistic=False,
                )
                | Q(
                    criterion=None,
                    criterion_version=None,
                    definition_version__isnull=False,
                    prompt=None,
                    is_holistic=False,
                )
                | Q(
                    criterion=None,
                    criterion_version=None,
                    definition_version=None,
                    prompt=None,
                    is_holistic=True,
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
            models.UniqueConstraint(
                "judge", "output",
                condition=Q(is_current=True, is_holistic=True),
                name="answer_one_current_holistic",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.criterion_id or self.definition_version_id or 'holistic'}: {self.value}"


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


class Draft(models.Model):
    """What a judge has typed and not saved yet, so that another browser can go on with it."""

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=250, help_text="The judging page's path and questions.")
    data = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("judge", "place", name="draft_one_a_place")]

    def __str__(self) -> str:
        return f"{self.judge} at {self.place}"
