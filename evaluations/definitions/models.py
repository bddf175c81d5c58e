"""Criteria and definitions: what is asked, and the rules that answer.

A wording never changes once it is in force: a change is a new version. PostgreSQL refuses the
rewriting of criterion versions, and of definition versions that are no longer drafts.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.definitions.querysets import (
    CriterionQuerySet,
    CriterionVersionQuerySet,
    DefinitionQuerySet,
    DefinitionVersionQuerySet,
)
from evaluations.rules import check, criteria


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


class Verification(models.TextChoices):
    """How far a definition's wording was checked against its source."""

    READ = "read", "read in the source"
    SECOND_HAND = "second-hand", "read as quoted by others"
    UNVERIFIED = "unverified", "not checked"


class Kind(models.TextChoices):
    DEFINITION = "definition", "definition"
    CLAIM = "claim", "claim"
    QUESTION = "question", "question"
    NEIGHBOUR = "neighbouring-concept", "neighbouring concept"


class State(models.TextChoices):
    DRAFT = "draft", "draft"
    PUBLISHED = "published", "published"
    RETIRED = "retired", "retired"


class AbsencePolicy(models.TextChoices):
    LATENT = "may-be-latent", "may be latent"
    SHOWN = "must-be-shown", "must be shown"


class PartlyPolicy(models.TextChoices):
    NOT_MET = "not-met", "partly is not met"
    MET = "met", "partly counts as met"


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


class Definition(models.Model):
    """A definition of reasoning (or a claim about it), with where it comes from."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=24, choices=Kind, default=Kind.DEFINITION)
    author = models.CharField(max_length=200, blank=True)
    year = models.SmallIntegerField(null=True, blank=True)
    source = models.TextField(blank=True)
    link = models.URLField(blank=True)
    verification = models.CharField(
        max_length=12, choices=Verification, default=Verification.UNVERIFIED
    )
    position = models.PositiveSmallIntegerField(default=1000)
    related = models.ManyToManyField("self", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="definitions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    catalogue_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            known("kind", Kind, "definition_kind_known"),
            known("verification", Verification, "definition_verification_known"),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="https://"), name="definition_link_https"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("definition", args=[self.slug])


class DefinitionVersion(models.Model):
    """A statement and the rule that reads it: immutable once published."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    statement = models.TextField()
    quoted = models.BooleanField(default=True, help_text="The statement is a verbatim quotation.")
    rule = models.JSONField()
    reading = models.TextField(help_text="One plain sentence: how the rule reads the statement.")
    absence_policy = models.CharField(
        max_length=14, choices=AbsencePolicy, default=AbsencePolicy.LATENT
    )
    partly_policy = models.CharField(
        max_length=8, choices=PartlyPolicy, default=PartlyPolicy.NOT_MET
    )
    note = models.TextField(blank=True)
    forked_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="forks"
    )
    criterion_versions = models.ManyToManyField(
        CriterionVersion, through="Pin", related_name="definition_versions"
    )
    is_current = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = DefinitionVersionQuerySet.as_manager()

    class Meta:
        ordering = ["definition__position", "number"]
        constraints = [
            models.UniqueConstraint("definition", "number", name="definition_version_number"),
            models.UniqueConstraint(
                "definition", condition=Q(is_current=True), name="definition_version_one_current"
            ),
            known("state", State, "definition_version_state_known"),
            known("absence_policy", AbsencePolicy, "definition_version_absence_known"),
            known("partly_policy", PartlyPolicy, "definition_version_partly_known"),
            models.CheckConstraint(
                condition=Q(state="draft", published_at=None, is_current=False)
                | (~Q(state="draft") & Q(published_at__isnull=False)),
                name="definition_version_drafts_unpublished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} (v{self.number})"

    def get_absolute_url(self) -> str:
        return reverse("definition-version", args=[self.definition.slug, self.number])

    def clean(self) -> None:
        """Refuse a rule that names an unknown criterion or has an impossible form."""
        errors = check(self.rule, set(Criterion.objects.values_list("key", flat=True)))
        if errors:
            raise ValidationError({"rule": [f"{e.place}: {e.message}" for e in errors]})

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the criteria that the rule uses, in order of first appearance."""
        return criteria(self.rule)


class Pin(models.Model):
    """The wording of a criterion that a definition version means."""

    definition_version = models.ForeignKey(DefinitionVersion, models.CASCADE)
    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint("definition_version", "criterion_version", name="pin_once")
        ]

    def __str__(self) -> str:
        return f"{self.definition_version_id} means {self.criterion_version_id}"


def as_dict(version: DefinitionVersion) -> dict[str, Any]:
    """A definition version as the catalogue's fields, for JSON answers."""
    definition = version.definition
    return {
        "slug": definition.slug,
        "name": definition.name,
        "version": version.number,
        "kind": definition.kind,
        "author": definition.author or None,
        "year": definition.year,
        "source": definition.source,
        "link": definition.link or None,
        "verification": definition.verification,
        "statement": version.statement,
        "rule": version.rule,
        "reading": version.reading,
        "absence_policy": version.absence_policy,
        "partly_policy": version.partly_policy,
    }
