"""Prompts: what is asked. A family is an original and its variants."""

from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Shared, known_visibility
from evaluations.grading import GradingError, check_reference
from evaluations.prompts.querysets import PromptQuerySet, PromptSetQuerySet

SYSTEM: Final = "system"
"""In the origin of an imported prompt: the system message that stood before it."""
NOTED: Final = "Asked after this system message: "
"""Before it in the note of prompts that were imported by earlier versions of the site."""


class Relation(models.TextChoices):
    """How a variant differs from its family's original."""

    ORIGINAL = "original", "original"
    SURFACE = "surface", "surface changed"
    IRRELEVANT = "irrelevant-clause", "irrelevant clause added"
    RULE = "changed-rule", "rule changed"
    REORDERED = "reordered", "reordered"
    LARGER = "larger", "larger"
    FACT = "changed-fact", "fact changed"
    EMPTY = "empty-clause", "clause without a number added"
    REVERSED = "reversed", "asked the other way round"
    CHECK = "check", "comprehension check"


class Grader(models.TextChoices):
    NUMERIC = "numeric", "numeric equivalence"
    EXACT = "exact", "exact text"
    CHOICE = "choice", "choice letter"
    CONTAINS = "contains", "short answer in a sentence"
    REGEX = "regex", "pattern"
    LIST = "list", "list of items"
    CONSTRAINT = "constraint", "rules to keep"
    SIMULATOR = "simulator", "moves in a simulated world"
    MATH_VERIFY = "math-verify", "expression in LaTeX"
    REASONING_GYM = "reasoning-gym", "verifier of reasoning-gym"
    COMBINATION = "combination", "several graders"


class PromptSet(Shared):
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="What it is for.")
    limits = models.TextField(blank=True, help_text="What it cannot show.")
    domain = models.CharField(max_length=60, blank=True)
    is_listed = models.BooleanField(
        default=True, help_text="Unlisted sets hold what model judges are asked."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        related_name="prompt_sets", help_text="Staff look after a set without one.",
    )  # fmt: skip
    licence = models.CharField(max_length=40, default="CC BY 4.0")
    source = models.CharField(max_length=300, blank=True, help_text="Where it comes from.")
    is_archived = models.BooleanField(
        "archived", default=False, help_text="No new run asks it; what was written stays."
    )
    for_people = models.BooleanField(
        "people may answer it",
        default=False,
        db_default=False,
        help_text="While it is public, people may be given its prompts to answer by hand.",
    )
    position = models.PositiveSmallIntegerField(default=1000)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PromptSetQuerySet.as_manager()

    class Meta:
        ordering = ["position", "title"]
        constraints = known_visibility("prompt_set")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("prompt-set", args=[self.slug])


class Family(models.Model):
    """`name` is what its set calls it; the slug is of the whole site."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "families"

    def __str__(self) -> str:
        return self.name or self.slug


class Prompt(models.Model):
    """One question as a model reads it. The text is frozen; a correction is a new prompt."""

    slug = models.SlugField(max_length=80, unique=True)
    prompt_set = models.ForeignKey(PromptSet, models.PROTECT, related_name="prompts")
    title = models.CharField(max_length=120)
    text = models.TextField()
    family = models.ForeignKey(
        Family, models.PROTECT, null=True, blank=True, related_name="prompts"
    )
    relation = models.CharField(max_length=20, choices=Relation, blank=True)
    reference = models.TextField(blank=True, help_text="The right answer, where there is one.")
    grader = models.CharField(max_length=20, choices=Grader, blank=True)
    parameters = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="What else its grader is told."
    )
    origin = models.JSONField(
        default=dict, blank=True, help_text="Generator, seed, index and version; empty if written."
    )
    licence = models.CharField(max_length=40, default="CC BY 4.0")
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=1000)
    created_at = models.DateTimeField(auto_now_add=True)
    is_archived = models.BooleanField(
        "archived", default=False, help_text="Later runs of its set leave it out."
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by",
        help_text="The earlier wording, which has answers.",
    )  # fmt: skip

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["prompt_set__position", "position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(relation="") | Q(relation__in=Relation.values),
                name="prompt_relation_known",
            ),
            models.CheckConstraint(
                condition=Q(grader="") | Q(grader__in=Grader.values), name="prompt_grader_known"
            ),
            models.CheckConstraint(
                condition=Q(family=None, relation="") | (Q(family__isnull=False) & ~Q(relation="")),
                name="prompt_relation_within_family",
            ),
            models.CheckConstraint(
                condition=Q(grader="") | ~Q(reference=""), name="prompt_grader_needs_reference"
            ),
            models.UniqueConstraint(
                "family",
                condition=Q(relation="original", is_archived=False),
                name="prompt_one_original_a_family",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("prompt", args=[self.slug])

    @property
    def later_wording(self) -> "Prompt | None":
        """The prompt that took its place, if any. Makes a query."""
        return Prompt.objects.filter(replaces=self).first()

    @property
    def system(self) -> str:
        """What a model elsewhere was told before it; empty where it was asked alone."""
        known = self.origin if isinstance(self.origin, dict) else {}
        noted = self.note.removeprefix(NOTED) if self.note.startswith(NOTED) else ""
        return str(known.get(SYSTEM, noted))

    def reference_for(self, user: User | AnonymousUser | None) -> str:
        """The right answer, for who may read it: of a set that is not public, its owner."""
        shown = self.prompt_set.is_public or self.prompt_set.guarded_by(user)
        return self.reference if shown else ""

    def clean(self) -> None:
        """Refuse a new prompt whose reference its grader could never find in an answer."""
        super().clean()
        if self._state.adding and self.grader:
            try:
                check_reference(self.grader, self.reference, self.parameters)
            except GradingError as error:
                message = f"This reference cannot be graded: {error}."
                raise ValidationError({"reference": message}) from error
