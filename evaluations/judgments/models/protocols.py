"""Protocols: campaigns of judging. Items are the queue of work, leases who holds one now."""

import uuid
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from evaluations.accounts.models import User
from evaluations.accounts.visibility import Audience, Guarded, known_visibility
from evaluations.definitions.models import Criterion, CriterionVersion, DefinitionVersion
from evaluations.judgments.models.blocks import Block
from evaluations.judgments.models.judges import Judge, JudgeKind
from evaluations.judgments.querysets import ItemQuerySet, ProtocolQuerySet
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output

ROUND: Final = "round-"
"""What the address of a round's protocol begins with, before its code."""


class Access(models.TextChoices):
    """Who may judge under a protocol."""

    ANYONE = "anyone", "anyone, also without an account"
    SIGNED_IN = "signed-in", "people who are signed in"
    INVITED = "invited", "people with the invitation link"


class Subject(models.TextChoices):
    """What one item shows."""

    OUTPUT = "output", "one output"
    PAIR = "pair", "two outputs to the same prompt"
    PROMPT = "prompt", "a prompt alone"


class SkipPolicy(models.TextChoices):
    """What becomes of an item that a judge skips."""

    OTHERS = "others", "another judge gets it"
    LATER = "later", "the same judge gets it again at the end"
    COUNTS = "counts", "the skip counts as this judge's turn"


class StepMode(models.TextChoices):
    NONE = "", "steps are not labelled"
    LABELS = "labels", "role and correctness of each step"
    FIRST_ERROR = "first-error", "the first step with an error"


class Protocol(Guarded):
    """A judging campaign. What it asks is in its versions; its judges are who may read it."""

    READERS = "members__user"

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="protocols"
    )
    access = models.CharField(max_length=10, choices=Access, default=Access.ANYONE)
    invitation = models.UUIDField(default=uuid.uuid4, unique=True)
    is_default = models.BooleanField(
        default=False, help_text="What “Judge one output” serves; it never runs dry."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Of a round alone: a group judges together until then.",
    )
    members = models.ManyToManyField(Judge, through="Member", related_name="protocols")

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["-is_default", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(access__in=Access.values), name="protocol_access_known"
            ),
            models.UniqueConstraint(
                "is_default", condition=Q(is_default=True), name="protocol_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(visibility=Audience.PUBLIC),
                name="protocol_default_is_public",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None)
                | Q(visibility=Audience.UNLISTED, access=Access.INVITED, is_default=False),
                name="protocol_round_is_by_invitation",
            ),
            *known_visibility("protocol"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        if self.is_round:
            return reverse("round", args=[self.code])
        return reverse("protocol", args=[self.slug])

    @property
    def is_round(self) -> bool:
        """Whether a group judges a collection together under it, until `ends_at`.

        Its people may sit behind one address, so that no limit by address is theirs; what they
        say is of outputs that somebody chose; and nobody edits it.
        """
        return self.ends_at is not None

    @property
    def code(self) -> str:
        """What people type to join a round; empty for other protocols."""
        return self.slug.removeprefix(ROUND).upper() if self.is_round else ""

    def guarded_by(self, user: "User | AnonymousUser | None") -> bool:
        return not self.is_round and super().guarded_by(user)

    @property
    def always_public(self) -> bool:
        return self.is_default

    def admit(self, people: Iterable[User]) -> None:
        for user in people:
            judge, _ = Judge.objects.get_or_create(user=user, defaults={"kind": JudgeKind.PERSON})
            Member.objects.get_or_create(protocol=self, judge=judge)

    def dismiss(self, people: Iterable[User]) -> None:
        Member.objects.filter(protocol=self, judge__user__in=list(people)).delete()

    @property
    def is_open(self) -> bool:
        ended = self.ends_at is not None and self.ends_at <= timezone.now()
        return self.opened_at is not None and self.closed_at is None and not ended


class ProtocolVersion(models.Model):
    """What a protocol asks about which outputs; frozen by its first judgment."""

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    frozen_at = models.DateTimeField(
        null=True, blank=True, help_text="Time of the first judgment: then a change is a version."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    subject = models.CharField(max_length=8, choices=Subject, default=Subject.OUTPUT)
    selection = models.JSONField(
        default=dict,
        blank=True,
        help_text="Lists of slugs under models, recipes, prompt_sets and stop_reasons; "
        "sample (a number) and seed.",
    )
    judges_per_item = models.PositiveSmallIntegerField(default=3)
    blocks = models.ManyToManyField(Block, through="ProtocolBlock", related_name="protocols")
    definitions = models.ManyToManyField(
        DefinitionVersion, through="ProtocolDefinition", related_name="protocols"
    )
    shows_source = models.BooleanField(
        default=True, help_text="Name and source of a definition are shown with its statement."
    )
    asks_holistic = models.BooleanField(
        default=False, help_text="Also ask “would you call this reasoning?”."
    )
    steps = models.CharField(max_length=12, choices=StepMode, default=StepMode.NONE, blank=True)
    asks_confidence = models.BooleanField(default=False)
    asks_agreement = models.BooleanField(
        default=False, help_text="Ask which share of judges will answer the same."
    )
    shows_reference = models.BooleanField(
        default=True, help_text="Show the reference answer once the questions are answered."
    )
    skip_policy = models.CharField(max_length=8, choices=SkipPolicy, default=SkipPolicy.OTHERS)
    gold_share = models.PositiveSmallIntegerField(
        default=10, help_text="Percent of served items that are gold, while there are new ones."
    )
    gold_feedback = models.BooleanField(default=True)
    qualification_share = models.PositiveSmallIntegerField(
        default=0, help_text="Percent of the qualification set to get right; 0 asks for none."
    )
    repeat_share = models.PositiveSmallIntegerField(
        default=5,
        help_text="Percent of served outputs that the judge did before, asked again; off at 0.",
    )
    suggestion_judge = models.ForeignKey(
        Judge,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The model judge whose answers may be shown first.",
    )
    suggestion_share = models.PositiveSmallIntegerField(
        default=0, help_text="Percent of items, drawn at random, that show them; off at 0."
    )

    class Meta:
        ordering = ["protocol", "-number"]
        constraints = [
            models.UniqueConstraint("protocol", "number", name="protocol_version_number"),
            models.UniqueConstraint(
                "protocol", condition=Q(is_current=True), name="protocol_one_current_version"
            ),
            models.CheckConstraint(
                condition=Q(judges_per_item__gte=1, judges_per_item__lte=100),
                name="protocol_judges_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    gold_share__lte=50, qualification_share__lte=100, suggestion_share__lte=100
                ),
                name="protocol_shares_range",
            ),
            models.CheckConstraint(
                condition=Q(repeat_share__lte=20), name="protocol_repeats_range"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.protocol} v{self.number}"


class ProtocolBlock(models.Model):
    version = models.ForeignKey(ProtocolVersion, models.CASCADE)
    block = models.ForeignKey(Block, models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint("version", "block", name="protocol_block_once")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.block_id}"


class ProtocolDefinition(models.Model):
    version = models.ForeignKey(ProtocolVersion, models.CASCADE)
    definition_version = models.ForeignKey(DefinitionVersion, models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                "version", "definition_version", name="protocol_definition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.definition_version_id}"


class Member(models.Model):
    """A judge who opened a protocol's invitation link."""

    protocol = models.ForeignKey(Protocol, models.CASCADE)
    judge = models.ForeignKey(Judge, models.CASCADE)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("protocol", "judge", name="member_once")]

    def __str__(self) -> str:
        return f"{self.judge_id} in {self.protocol_id}"


class Item(models.Model):
    """One piece of work of a protocol's queue, for so many judges.

    `done` counts judges who finished it, `leased` those who hold it; both are kept in the
    transaction that changes them, and never exceed `needed` together.
    """

    version = models.ForeignKey(ProtocolVersion, models.CASCADE, related_name="items")
    output = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="items")
    left = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="+")
    right = models.ForeignKey(Output, models.PROTECT, null=True, blank=True, related_name="+")
    prompt = models.ForeignKey(Prompt, models.PROTECT, null=True, blank=True, related_name="items")
    needed = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)
    leased = models.PositiveSmallIntegerField(default=0)
    random = models.FloatField(help_text="Place in the random order, 0 to 1.")
    is_gold = models.BooleanField(default=False, help_text="Expected answers are known.")
    is_qualification = models.BooleanField(
        default=False, help_text="A gold item that judges do before all others."
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "version", "output", "left", "right", "prompt",
                nulls_distinct=False, name="item_once",
            ),
            models.CheckConstraint(
                condition=Q(output__isnull=False, left=None, right=None, prompt=None)
                | Q(output=None, left__isnull=False, right__isnull=False, prompt=None)
                | Q(output=None, left=None, right=None, prompt__isnull=False),
                name="item_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(is_gold=True) | Q(needed__gte=F("done") + F("leased")),
                name="item_not_over_collected",
            ),
            models.CheckConstraint(
                condition=Q(is_gold=True) | Q(is_qualification=False),
                name="item_qualification_is_gold",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                F("version"),
                F("done") + F("leased"),
                F("random"),
                name="item_open",
                condition=Q(is_gold=False, needed__gt=F("done") + F("leased")),
            ),
            models.Index(
                fields=["version", "is_qualification", "random"],
                name="item_gold",
                condition=Q(is_gold=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Item {self.pk}"


class GoldAnswer(models.Model):
    """The expected answer to one question about a gold item, and what to say to the judge."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="gold_answers")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    criterion_version = models.ForeignKey(CriterionVersion, models.PROTECT, related_name="+")
    value = models.CharField(max_length=12)
    feedback = models.TextField(blank=True)

    class Meta:
        ordering = ["item", "id"]
        constraints = [models.UniqueConstraint("item", "criterion", name="gold_answer_once")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.value}"


class Lease(models.Model):
    """A judge's time-limited hold on an item. `is_prefetch`: it was not opened yet.

    `address` is the hash of the day of a guest's address, so that one address holds only a few.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="leases")
    judge = models.ForeignKey(Judge, models.CASCADE, related_name="leases")
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    address = models.CharField(max_length=32, blank=True)
    is_prefetch = models.BooleanField(default=False)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("item", "judge", name="lease_once")]
        indexes = [
            models.Index(fields=["expires_at"], name="lease_by_end"),
            models.Index(fields=["judge"], name="lease_by_judge"),
            models.Index(fields=["address"], name="lease_by_address", condition=~Q(address="")),
        ]

    def __str__(self) -> str:
        return f"{self.judge_id} holds {self.item_id}"
