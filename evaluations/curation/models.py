"""Curated collections: real outputs in an order, each with a reason; alive while they are edited,
frozen when they are cited. The draft is edited in place: its versions are the history.
"""

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from evaluations.curation.querysets import (
    CollectionQuerySet,
    PlacementQuerySet,
    RoundQuerySet,
    SuggestionQuerySet,
    VersionQuerySet,
)
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Part, Protocol
from evaluations.leaderboards.models import NamedByDay
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

WITHOUT_OWNER: Final = "~"
"""What stands before the number of a collection whose owner left, in place of their name."""


class Shown(models.TextChoices):
    """Who comes across a collection."""

    PRIVATE = "private", "private: you alone"
    UNLISTED = "unlisted", "unlisted: whoever has the address"
    PUBLIC = "public", "public: listed here"


class Collection(models.Model):
    """An argument made of outputs. Its address is fixed once others may have it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="collections"
    )
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=80)
    why = models.TextField(blank=True, max_length=4000)
    why_html = models.TextField(blank=True, editable=False)
    worded_at = models.DateTimeField(
        null=True, blank=True, help_text="When its title or its why last changed."
    )
    visibility = models.CharField(max_length=8, choices=Shown, default=Shown.PRIVATE)
    built_by = models.CharField(
        max_length=40, blank=True, help_text="The rule whose outputs of a day it began with."
    )
    forked_from = models.ForeignKey(
        "CollectionVersion", models.PROTECT, null=True, blank=True, related_name="forks"
    )
    form_token = models.UUIDField(null=True, blank=True, editable=False)
    """Made with the form that made it: a second sending is the same collection."""
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now_add=True, help_text="When something was last placed.")
    shown_at = models.DateTimeField(
        null=True, blank=True, help_text="When others could first see it: its address stays."
    )
    featured_at = models.DateTimeField(null=True, blank=True)
    featured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    featured_because = models.CharField(max_length=280, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    retired_because = models.CharField(max_length=280, blank=True)
    withheld = models.BooleanField(
        default=False, help_text="Retired by a moderator: its versions are not shown either."
    )
    own_retired_at = models.DateTimeField(null=True, blank=True)
    own_retired_because = models.CharField(max_length=280, blank=True)
    """Its owner's own retiring, kept while a moderator withholds it all the same."""

    folded: str = ""
    """Why its title and words are behind a click for a reader; `folds.with_folding` asks."""

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["-used_at", "-pk"]
        constraints = [
            models.UniqueConstraint("owner", "slug", name="collection_address"),
            models.CheckConstraint(
                condition=Q(visibility__in=Shown.values), name="collection_visibility_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility=Shown.PRIVATE) | Q(shown_at__isnull=False),
                name="collection_shown_since",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_because="", withheld=False)
                | (Q(retired_at__isnull=False) & ~Q(retired_because="")),
                name="collection_retired_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(featured_at=None, featured_because="")
                | (Q(featured_at__isnull=False) & ~Q(featured_because="")),
                name="collection_featured_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """Its title, or what stands in its place where a list or a link names it."""
        return self.folded or self.title

    @property
    def handle(self) -> str:
        """What stands for its owner in addresses."""
        if self.owner is None or self.owner.hides_name:
            return f"{WITHOUT_OWNER}{self.pk}"
        return self.owner.get_username()

    @property
    def by(self) -> str:
        """Its owner as sentences and citations name them."""
        return self.owner.shown_name if self.owner else "a former member"

    @property
    def path(self) -> list[str]:
        """The two parts of its address, as `reverse` takes them."""
        return [self.handle, self.slug]

    def get_absolute_url(self) -> str:
        return reverse("collection", args=self.path)


TARGETS: Final = ("output", "left", "definition_version", "prompt", "statement", "text")
"""The column that is filled for each kind of target; a pair fills `left` and `right`."""


def exactly_one(table: str) -> models.CheckConstraint:
    """One kind of target is filled. A kind that is added later joins `TARGETS` and its key here."""
    conditions = Q()
    for filled in TARGETS:
        alone = Q(right__isnull=filled != "left")
        for name in TARGETS:
            if name == "text":
                alone &= ~Q(text="") if filled == "text" else Q(text="")
            else:
                alone &= Q(**{f"{name}__isnull": name != filled})
        conditions |= alone
    return models.CheckConstraint(condition=conditions, name=f"{table}_one_target")


def two_outputs(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(left=None) | ~Q(left=F("right")), name=f"{table}_pair_of_two"
    )


class Target(models.Model):
    """What is placed or suggested: an output, two outputs to one prompt, a version of a
    definition, a prompt, a statement of a debate, or a text of one's own that stands between."""

    output = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="+")
    left = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="+")
    right = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="+")
    definition_version = models.ForeignKey(
        DefinitionVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    prompt = models.ForeignKey(Prompt, models.PROTECT, null=True, blank=True, related_name="+")
    statement = models.ForeignKey(
        Statement, models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.CharField(max_length=1000, blank=True)

    class Meta:
        abstract = True

    @property
    def kind(self) -> str:
        """output, pair, definition, prompt, statement or text."""
        if self.output_id is not None:
            return "output"
        if self.left_id is not None:
            return "pair"
        if self.definition_version_id is not None:
            return "definition"
        if self.prompt_id is not None:
            return "prompt"
        return "statement" if self.statement_id is not None else "text"

    @property
    def target(self) -> dict[str, object]:
        """The filled columns by name, to find or to write an equal row."""
        names = ("output", "left", "right", "definition_version", "prompt", "statement")
        found: dict[str, object] = {
            name: getattr(self, name) for name in names if getattr(self, f"{name}_id") is not None
        }
        return found or {"text": self.text}

    @property
    def output_ids(self) -> list[int]:
        """The outputs that it shows: none, one or two."""
        return [key for key in (self.output_id, self.left_id, self.right_id) if key is not None]

    @property
    def outputs(self) -> list[Output]:
        return [each for each in (self.output, self.left, self.right) if each is not None]

    @property
    def is_withdrawn(self) -> bool:
        """Whether an output that it shows was withdrawn; reads the outputs and their runs."""
        return any(each.withdrawn_at or each.run.withdrawn_at for each in self.outputs)


class Placement(Target):
    """One item of a collection: a target, its reason, an excerpt, the definitions to see it by.

    `start` and `end` are code points of the part as stored, and the quote, what stands around it
    and the hash of the part find it again, as with a `Mark`.
    """

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="placements")
    rank = models.CharField(max_length=24, db_collation="C")
    note = models.TextField(blank=True, max_length=500)
    noted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the note was written, where not as it was added."
    )
    part = models.CharField(max_length=8, choices=Part, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)
    prefix = models.CharField(max_length=32, blank=True)
    suffix = models.CharField(max_length=32, blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    lens = models.ManyToManyField(DefinitionVersion, blank=True, related_name="+")
    came_from = models.CharField(
        max_length=500, blank=True, help_text="The list that it was added from, with its filters."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    carried_lens: list[DefinitionVersion] | None = None
    """The lens of an item that nobody saved, which can have no rows yet."""

    objects = PlacementQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            exactly_one("placement"),
            two_outputs("placement"),
            models.CheckConstraint(
                condition=Q(part="", start=None, end=None, quote="", text_sha256="")
                | Q(part__in=Part.values, output__isnull=False, end__gt=F("start")),
                name="placement_span_whole",
            ),
            *(
                models.UniqueConstraint(
                    "collection", *columns, name=f"placement_{columns[0]}_once",
                    condition=Q(**{f"{columns[0]}__isnull": False}),
                )
                for columns in (
                    ("output",), ("left", "right"), ("definition_version",), ("prompt",),
                    ("statement",),
                )
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["collection", "rank"], name="placement_order")]

    def __str__(self) -> str:
        return f"{self.collection_id}: {self.kind} {self.target}"


class CollectionVersion(NamedByDay, models.Model):
    """A collection as it stood on a day, append-only; `contents` as in `contents.py`."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    day = models.DateField(help_text="The day of freezing, in UTC.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical JSON of contents.")
    contents = models.JSONField()
    words = models.CharField(max_length=280, blank=True, help_text="What is new, in a sentence.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["collection", "-number"]
        constraints = [
            models.UniqueConstraint("collection", "number", name="collection_version_number"),
            models.UniqueConstraint(
                "collection", "day", "digest", name="collection_version_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="collection_version_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection}, {self.name}"

    @property
    def path(self) -> list[str]:
        return [*self.collection.path, self.name]

    def get_absolute_url(self) -> str:
        return reverse("collection-version", args=self.path)


class Round(models.Model):
    """A collection that a group judges together: until it ends, and then what came of it.

    Its code, its people, its outputs and its end are those of a protocol of its own, which
    nobody lists. `opened_at`: its owner ended it before its time.
    """

    collection = models.ForeignKey(
        Collection, models.SET_NULL, null=True, blank=True, related_name="rounds"
    )
    protocol = models.OneToOneField(Protocol, models.PROTECT, related_name="round")
    form_token = models.UUIDField(
        default=uuid.uuid4, help_text="Made with the form: a second sending is the same round."
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.protocol.title

    def get_absolute_url(self) -> str:
        return self.protocol.get_absolute_url()

    @property
    def code(self) -> str:
        return self.protocol.code

    @property
    def is_running(self) -> bool:
        return self.protocol.is_open


class Suggestion(Target):
    """Somebody's proposal that a target belongs into another's collection."""

    class State(models.TextChoices):
        OPEN = "open", "waiting"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        RETRACTED = "retracted", "taken back"

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="suggestions")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    note = models.TextField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=280, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            exactly_one("suggestion"),
            two_outputs("suggestion"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None)
                | Q(
                    state__in=["accepted", "declined", "retracted"],
                    decided_at__isnull=False,
                ),
                name="suggestion_decided_with_time",
            ),
            models.UniqueConstraint(
                "collection", "author", "output", "left", "right", "definition_version", "prompt",
                "statement", "text", name="suggestion_one_open", condition=Q(state="open"),
                nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.collection_id}: {self.kind}, {self.state}"
