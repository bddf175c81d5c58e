"""Debates: short statements about one version of a definition, the outputs that they rest on, what
people think of them, and where people stand.

All of it is append-only: what somebody wrote, voted or held is superseded and never rewritten.
PostgreSQL refuses the rest.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from evaluations.debates.choices import (
    LEAST_TEXT,
    MOST_KEY,
    MOST_TEXT,
    WITHHELD,
    Agreement,
    Checked,
    Kind,
    Reply,
    RetiredFor,
    Role,
    Stand,
)
from evaluations.debates.querysets import (
    DebateSnapshotQuerySet,
    EvidenceQuerySet,
    ReactionQuerySet,
    StanceQuerySet,
    StatementQuerySet,
    VoteQuerySet,
)
from evaluations.definitions.models import DefinitionVersion, known
from evaluations.judgments.models import Part
from evaluations.leaderboards.models import NamedByDay
from evaluations.runs.models import Output


class Statement(models.Model):
    """One claim of at most `MOST_TEXT` characters about a version of a definition.

    `quote_start` and `quote_end` are code points of the text of the statement that it quotes;
    `text_key` is the text as `wording.key_of` reduces it. `source` stands where nobody here wrote
    it: such a statement is from the archive.
    """

    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="statements")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="statements"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=MOST_TEXT)
    text_key = models.CharField(max_length=MOST_KEY, editable=False)
    source = models.CharField(max_length=300, blank=True)
    checked = models.CharField(max_length=12, choices=Checked, blank=True)
    quotes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="quoted_by"
    )
    quote_start = models.PositiveSmallIntegerField(null=True, blank=True)
    quote_end = models.PositiveSmallIntegerField(null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    carried_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="carried_to"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    retired_for = models.CharField(max_length=14, choices=RetiredFor, blank=True)
    retired_because = models.CharField(max_length=280, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_here"
    )

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            known("kind", Kind, "statement_kind_known"),
            models.CheckConstraint(
                condition=Q(text__regex=rf"^[^\n\r]{{{LEAST_TEXT},}}$"),
                name="statement_one_paragraph",
            ),
            models.CheckConstraint(condition=~Q(text_key=""), name="statement_says_something"),
            models.CheckConstraint(
                condition=Q(source="", checked="")
                | (~Q(source="") & Q(checked__in=Checked.values)),
                name="statement_source_checked",
            ),
            models.CheckConstraint(
                condition=Q(quotes=None, quote_start=None, quote_end=None)
                | Q(quotes__isnull=False, quote_end__gt=F("quote_start")),
                name="statement_quote_whole",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_for="", retired_because="")
                | Q(retired_at__isnull=False, retired_for__in=RetiredFor.values),
                name="statement_retired_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(retired_for="duplicate"),
                name="statement_merged_is_retired",
            ),
            models.UniqueConstraint(
                "version", "text_key", name="statement_said_once",
                condition=Q(is_current=True, retired_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return reverse("statement", args=[self.pk])

    @property
    def by(self) -> str:
        """Who says it, as pages name them."""
        if self.source:
            return self.source
        return self.author.shown_name if self.author else "a former member"

    @property
    def quoted(self) -> str:
        """The words of another statement that it answers; reads that statement."""
        if self.quotes is None or self.quotes.is_withheld:
            return ""
        return self.quotes.text[self.quote_start : self.quote_end]

    @property
    def shown(self) -> str:
        """Its words, or what stands in their place."""
        return "Withdrawn by a moderator" if self.is_withheld else self.text

    @property
    def label(self) -> str:
        """What the log calls it, which tells none of its words; reads version and definition."""
        return f"a statement about {self.version.definition.name}"

    @property
    def is_standing(self) -> bool:
        """Neither reworded nor retired."""
        return self.is_current and self.retired_at is None

    @property
    def leads_to(self) -> "Statement | None":
        """The statement that stands for it since it was merged; None where none stands any more.

        One query or two for each that was merged or reworded on the way.
        """
        found = self.merged_into
        while found is not None and not found.is_standing:
            found = getattr(found, "superseded_by", None) or found.merged_into
        return found

    @property
    def is_withheld(self) -> bool:
        """Whether its words are not shown any more."""
        return self.retired_for in WITHHELD


class Evidence(models.Model):
    """An output that a statement rests on, and what the version said of it at that time.

    The span is as that of a `Mark`: code points of the part as stored, with what finds it again.
    """

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="evidence")
    output = models.ForeignKey(Output, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    verdict_then = models.CharField(max_length=14)
    part = models.CharField(max_length=8, choices=Part, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        constraints = [
            known("role", Role, "evidence_role_known"),
            models.CheckConstraint(
                condition=Q(part="", start=None, end=None, quote="", text_sha256="")
                | Q(part__in=Part.values, end__gt=F("start")),
                name="evidence_span_whole",
            ),
            models.UniqueConstraint("statement", "output", name="evidence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.output_id}: {self.role}"

    @property
    def span(self) -> dict[str, Any]:
        """The columns of the span by name."""
        names = ("part", "start", "end", "quote", "prefix", "suffix", "text_sha256")
        return {name: getattr(self, name) for name in names}


class Vote(models.Model):
    """What somebody thinks of a statement, on two axes: whether it helps, and whether it holds."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="votes")
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    useful = models.BooleanField(null=True)
    agreement = models.CharField(max_length=8, choices=Agreement, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=True)

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreement="") | Q(agreement__in=Agreement.values),
                name="vote_agreement_known",
            ),
            models.CheckConstraint(
                condition=~Q(useful=None, agreement=""), name="vote_says_something"
            ),
            models.UniqueConstraint(
                "statement", "voter", condition=Q(is_current=True), name="vote_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.useful}, {self.agreement}"


class Ballot(models.Model):
    """When the votes on a version, or what counts of them, changed last; triggers write it."""

    version = models.OneToOneField(DefinitionVersion, models.PROTECT, related_name="+")
    last_change = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.version_id}: change {self.last_change}"


class Stance(models.Model):
    """What somebody would do with a version. `before` is what they held until then, if anything;
    `because` the statement that they say changed their mind."""

    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="stances")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    value = models.CharField(max_length=6, choices=Stand)
    before = models.CharField(max_length=6, choices=Stand, blank=True)
    because = models.ForeignKey(
        Statement, models.PROTECT, null=True, blank=True, related_name="changed_minds"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=True)

    objects = StanceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            known("value", Stand, "stance_value_known"),
            models.CheckConstraint(
                condition=Q(because=None) | (~Q(before="") & ~Q(before=F("value"))),
                name="stance_credits_a_change",
            ),
            models.UniqueConstraint(
                "version", "person", condition=Q(is_current=True), name="stance_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.value}"


class Reaction(models.Model):
    """A reply of one kind to a statement, or to the words between two code points of its text."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="reactions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=Reply)
    start = models.PositiveSmallIntegerField(null=True, blank=True)
    end = models.PositiveSmallIntegerField(null=True, blank=True)
    link = models.URLField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=True)

    objects = ReactionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            known("kind", Reply, "reaction_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="checked", link__startswith="https://")
                | (~Q(kind="checked") & Q(link="")),
                name="reaction_link_of_a_check",
            ),
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(end__gt=F("start")),
                name="reaction_span_whole",
            ),
            models.UniqueConstraint(
                "statement", "person", "kind", condition=Q(is_current=True),
                name="reaction_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.kind}"


class DebateSnapshot(NamedByDay, models.Model):
    """A debate as it stood on a day, append-only; `contents` as in `freezing.py`."""

    version = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="debate_snapshots")
    day = models.DateField(help_text="The day of freezing, in UTC.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON of contents.")
    contents = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = DebateSnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("version", "day", "digest", name="debate_snapshot_once_a_day"),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="debate_snapshot_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("debate-snapshot", args=[self.version.definition.slug, self.name])
