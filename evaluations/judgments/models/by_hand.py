"""What people write by hand to the prompts that models answer."""

import uuid

from django.db import models

from evaluations.judgments.models.judges import Judge
from evaluations.judgments.querysets import WrittenByHandQuerySet
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output, Recipe

LICENCE = "CC BY 4.0"
"""Under which people publish what they write here."""


class Consent(models.Model):
    """That somebody agreed, once, to how what they write by hand is published and judged."""

    judge = models.OneToOneField(Judge, models.CASCADE, related_name="consent")
    licence = models.CharField(max_length=40, default=LICENCE)
    given_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.judge} agreed to {self.licence}"


class Writing(models.Model):
    """The prompt that somebody has before them, since when, and what they wrote so far."""

    judge = models.OneToOneField(Judge, models.CASCADE, related_name="writing")
    # A prompt that is reworded is archived while somebody writes to it, and they are told.
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="+")
    recipe = models.ForeignKey(Recipe, models.CASCADE, related_name="+")
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    working = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    shown_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.judge} at {self.prompt_id}"


class PassedPrompt(models.Model):
    """A prompt that somebody passed by, and is not given again."""

    judge = models.ForeignKey(Judge, models.CASCADE, related_name="passed_prompts")
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="+")
    had_seen = models.BooleanField(help_text="They had seen an answer to it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("judge", "prompt", name="passed_prompt_once")]

    def __str__(self) -> str:
        return f"{self.judge} passed {self.prompt_id}"


class WrittenByHand(models.Model):
    """Whose text an output of the row People is, under which licence, and whether it says so.

    The text is the output's, which is frozen; taking it back withdraws the output.
    """

    output = models.OneToOneField(Output, models.PROTECT, related_name="by_hand")
    judge = models.ForeignKey(Judge, models.PROTECT, related_name="written")
    token = models.UUIDField(unique=True)
    licence = models.CharField(max_length=40)
    consented_at = models.DateTimeField()
    shows_name = models.BooleanField(default=False)

    objects = WrittenByHandQuerySet.as_manager()

    class Meta:
        ordering = ["-output"]

    def __str__(self) -> str:
        return f"Output {self.output_id}, by hand"
