"""Snapshots: leaderboards as they stood, frozen with what they rest on, so that they can be cited.

A snapshot never changes; it may be withdrawn with a reason. How its hash is made and checked:
`snapshots/hash.py`.
"""

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.definitions.models import DefinitionVersion
from evaluations.leaderboards.querysets import SnapshotQuerySet

TITLE_LIMIT = 120
"""Letters of the title that a snapshot may be given."""

HASH_SHOWN = 8
"""Hexadecimal digits of the hash that the address of a snapshot shows."""


class NamedByDay:
    """Something frozen, which is named by its day and its hash."""

    if TYPE_CHECKING:
        day: Any
        digest: Any

    @property
    def name(self) -> str:
        """The last part of its address: the day and the first digits of the hash."""
        return f"{self.day.isoformat()}-{self.digest[:HASH_SHOWN]}"


class Snapshot(NamedByDay, models.Model):
    """One frozen leaderboard.

    `question` holds the URL parameters of the board without its defaults, `rule` how the
    definition read (rule, meanings, policies, criteria about the working), `rows` the columns and
    the records of the board and what graded them, `names` which model and recipe each record is
    about and what they were called, `runs` how many outputs each run gave.
    """

    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="snapshots")
    day = models.DateField(help_text="The day of freezing, in UTC.")
    digest = models.CharField(max_length=64, help_text="SHA-256 in hexadecimal digits.")
    title = models.CharField(
        max_length=TITLE_LIMIT, blank=True, help_text="What it is cited for, by who froze it."
    )
    question = models.JSONField(default=dict, blank=True)
    question_words = models.TextField()
    definition_name = models.CharField(
        max_length=120, blank=True, help_text="What the definition was called on that day."
    )
    method_version = models.PositiveSmallIntegerField()
    rule = models.JSONField()
    rows = models.JSONField()
    names = models.JSONField()
    runs = models.JSONField()
    outputs = models.PositiveIntegerField()
    answers = models.PositiveIntegerField()
    findings = models.PositiveIntegerField()
    judgments = models.PositiveIntegerField()
    judges = models.PositiveIntegerField()
    newest_judgment = models.BigIntegerField(
        default=0, help_text="The highest key of a judgment of the site when this was frozen."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint("version", "day", "digest", name="snapshot_once_a_day"),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="snapshot_hash"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="snapshot_withdrawn_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("snapshot", args=[self.version.definition.slug, self.name])


class RowKind(models.TextChoices):
    """What a snapshot rests on."""

    ANSWER = "answer", "answers"
    FINDING = "finding", "findings"
    WRITTEN = "written", "outputs that were written"
    FAILED = "failed", "outputs that failed"


class SnapshotRows(models.Model):
    """A stretch of the rows that a snapshot rests on: each one's key and digest, packed."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="packed_rows")
    kind = models.CharField(max_length=8, choices=RowKind)
    number = models.PositiveIntegerField(help_text="The stretch's place among those of its kind.")
    packed = models.BinaryField()

    class Meta:
        ordering = ["snapshot", "kind", "number"]
        verbose_name_plural = "snapshot rows"
        constraints = [
            models.UniqueConstraint("snapshot", "kind", "number", name="snapshot_rows_once"),
            models.CheckConstraint(
                condition=Q(kind__in=RowKind.values), name="snapshot_rows_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_id}, {self.kind} {self.number}"


class PseudonymSalt(models.Model):
    """The site's one secret with which judges are named in digests; it travels with the data."""

    value = models.BinaryField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="pseudonym_salt_only_one")]

    def __str__(self) -> str:
        return "The salt of the pseudonyms"


def new_code() -> str:
    """A code that nobody guesses, for an address."""
    return secrets.token_urlsafe(12)


class ShownDefinition(models.Model):
    """Which definition is somebody's, at an address for others: what its owner chose to show.

    The figures are worked out whenever it is opened. It goes with its owner's account.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="shown_definition"
    )
    code = models.CharField(max_length=20, unique=True, default=new_code)
    shows_name = models.BooleanField(default=False, help_text="Says whose it is.")
    shows_all = models.BooleanField(
        default=False, help_text="All definitions, not only those that are closest."
    )
    shows_outputs = models.BooleanField(
        default=False, help_text="On which outputs each definition and the owner part."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="shown_definition_has_a_code")
        ]

    def __str__(self) -> str:
        return f"What is shown of {self.owner_id}"

    def get_absolute_url(self) -> str:
        return reverse("yours-shown", args=[self.code])
