"""Definitions and the versions of their wording, and every change of a version's state.

PostgreSQL refuses the rewriting of versions that are no longer drafts.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.definitions.models.criteria import Criterion, CriterionVersion, known
from evaluations.definitions.querysets import DefinitionQuerySet, DefinitionVersionQuerySet
from evaluations.rules import check, criteria


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
    MERGED = "merged", "merged into another"


class AbsencePolicy(models.TextChoices):
    LATENT = "may-be-latent", "may be latent"
    SHOWN = "must-be-shown", "must be shown"


class PartlyPolicy(models.TextChoices):
    NOT_MET = "not-met", "partly is not met"
    MET = "met", "partly counts as met"


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
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    curated_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when the front page and the matrix show it: shipped, or marked by staff.",
    )
    curated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
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
            models.CheckConstraint(
                condition=~Q(merged_into=models.F("pk")), name="definition_not_merged_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("definition", args=[self.slug])


class Wording(models.Model):
    """What a version of a definition says, and what an amendment proposes that it should say."""

    WRITTEN = (
        "statement",
        "quoted",
        "rule",
        "reading",
        "absence_policy",
        "partly_policy",
        "note",
        "positive_example",
        "positive_why",
        "negative_example",
        "negative_why",
    )

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
    positive_example = models.TextField(blank=True)
    positive_why = models.TextField(blank=True)
    negative_example = models.TextField(blank=True)
    negative_why = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the criteria that the rule uses, in order of first appearance."""
        return criteria(self.rule)

    def says(self) -> dict[str, Any]:
        """The fields of the wording by name."""
        return {name: getattr(self, name) for name in self.WRITTEN}


class Origin(NamedTuple):
    """Who says a statement and where it stands; `verification` is empty for words of one's own."""

    author: str
    year: int | None = None
    source: str = ""
    link: str = ""
    verification: str = ""


class DefinitionVersion(Wording):
    """A statement and the rule that reads it: immutable once published."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    forked_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="forks"
    )
    after = models.CharField(
        max_length=200,
        blank=True,
        editable=False,
        help_text="Whose statement was changed here. Empty: it says what the definition’s source "
        "says.",
    )
    criterion_versions = models.ManyToManyField(
        CriterionVersion, through="Pin", related_name="definition_versions"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="wordings"
    )
    change_note = models.TextField(
        blank=True, help_text="What this version changes and why, for the history."
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

    @property
    def origin(self) -> Origin:
        """The definition's source, or whoever changed its statement. Reads the author."""
        definition = self.definition
        if not self.after:
            return Origin(
                definition.author,
                definition.year,
                definition.source,
                definition.link,
                definition.verification,
            )
        writer = f"{self.author.shown_name}, " if self.author else ""
        return Origin(f"{writer}after {self.after}")

    @property
    def whose(self) -> str:
        """Whose words these are, for whoever changes them."""
        written = self.author.shown_name if self.author else f"“{self.definition.name}”"
        return (self.origin.author or written)[:200]

    @property
    def pinned(self) -> list[CriterionVersion]:
        """The wordings that the version means, in the order of the criteria; one query, none
        where they were read together (`with_pins`)."""
        read: list[CriterionVersion] | None = self.__dict__.get("_pinned")
        if read is None:
            read = in_order_of_criteria(self.criterion_versions.select_related("criterion"))
        return read

    @classmethod
    def read_pins(cls, versions: Iterable["DefinitionVersion"]) -> None:
        """Give *versions* the wordings that they mean, each read and made once, in two queries;
        none for those that have them.

        Several times quicker than a prefetch, which makes a query set for each version.
        """
        lacking = [version for version in versions if "_pinned" not in version.__dict__]
        if not lacking:
            return
        found: dict[int, list[int]] = {version.pk: [] for version in lacking}
        pins = Pin.objects.filter(definition_version__in=found)
        for version, wording in pins.values_list("definition_version", "criterion_version"):
            found[version].append(wording)
        meant = {wording for those in found.values() for wording in those}
        wordings = CriterionVersion.objects.select_related("criterion").in_bulk(meant)
        for each in lacking:
            each.__dict__["_pinned"] = in_order_of_criteria(wordings[pk] for pk in found[each.pk])

    @property
    def wordings(self) -> dict[str, CriterionVersion]:
        """The same by the key of the criterion."""
        return {wording.criterion.key: wording for wording in self.pinned}

    def clean(self) -> None:
        """Refuse a rule that names an unknown criterion or has an impossible form."""
        errors = check(self.rule, set(Criterion.objects.values_list("key", flat=True)))
        if errors:
            raise ValidationError({"rule": [f"{e.place}: {e.message}" for e in errors]})


def in_order_of_criteria(wordings: Iterable[CriterionVersion]) -> list[CriterionVersion]:
    return sorted(wordings, key=lambda wording: (wording.criterion.position, wording.number))


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


class StateChange(models.Model):
    """One move of a version from a state to another: who, when and why. Append-only."""

    version = models.ForeignKey(DefinitionVersion, models.CASCADE, related_name="state_changes")
    verb = models.CharField(max_length=12)
    before = models.CharField(max_length=10, choices=State)
    after = models.CharField(max_length=10, choices=State)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    merged_into = models.ForeignKey(Definition, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            known("before", State, "state_change_before_known"),
            known("after", State, "state_change_after_known"),
            models.CheckConstraint(
                condition=Q(after="merged", merged_into__isnull=False)
                | (~Q(after="merged") & Q(merged_into=None)),
                name="state_change_merged_into_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.before} to {self.after}"


def as_dict(version: DefinitionVersion) -> dict[str, Any]:
    """A definition version as the catalogue's fields, for JSON answers.

    `author` is who said it, `written_by` the username of whoever wrote this version here: None
    for the catalogue's and for somebody who left; `forked_from` is the slug of what a fork began
    as. Reads the definition, the author and the version that it was forked from.
    """
    definition, origin = version.definition, version.origin
    parent = version.forked_from
    return {
        "slug": definition.slug,
        "name": definition.name,
        "version": version.number,
        "kind": definition.kind,
        "curated": definition.curated_at is not None,
        "forked_from": parent.definition.slug if parent else None,
        "author": origin.author or None,
        "year": origin.year,
        "source": origin.source,
        "link": origin.link or None,
        "verification": origin.verification or None,
        **version.says(),
        "written_by": version.author.shown_name if version.author else None,
        "published_at": version.published_at and version.published_at.isoformat(),
    }
