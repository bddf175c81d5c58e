"""What happened here and what moderators decided: append-only, for feeds, notices and the log."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from evaluations.activity.querysets import (
    AppealQuerySet,
    DecisionQuerySet,
    EventQuerySet,
    FlagQuerySet,
)
from evaluations.curation.models import (
    Collection,
    CollectionVersion,
    Placement,
    Shown,
    Suggestion,
)
from evaluations.debates.models import Statement
from evaluations.definitions.models import Definition, DefinitionVersion, Proposal
from evaluations.leaderboards.models import Snapshot
from evaluations.runs.models import Output, Run


class Reason(models.TextChoices):
    """Why something was decided. The first two withhold what it was about."""

    ABUSE = "abuse", "abuse"
    PERSONAL_DATA = "personal-data", "personal data"
    SPAM = "spam", "spam"
    DUPLICATE = "duplicate", "says the same as another"
    NOT_A_DEFINITION = "not-a-definition", "no definition"
    MISTAKE = "mistake", "a mistake"
    OTHER = "other", "another reason"


WITHHOLDING = (Reason.ABUSE, Reason.PERSONAL_DATA)
IN_COLLECTIONS = ("collection", "item", "suggestion")
"""What decisions are about that is found in a collection alone."""

OF_RUNS = ("run", "output")
"""What decisions are about that is read by whoever reads a run."""


def told_of(model: type[models.Model] | str, **options: Any) -> Any:
    """A row that an event is about; the event stays when the row is erased."""
    return models.ForeignKey(
        model, models.SET_NULL, null=True, blank=True, related_name="+", **options
    )


class Decision(models.Model):
    """One decision: what was done to what, why in a public sentence, and by whom."""

    verb = models.CharField(max_length=20, help_text="What was done, such as retire or suspend.")
    kind = models.CharField(max_length=20, help_text="What it is about, such as a definition.")
    label = models.CharField(max_length=200, blank=True, help_text="Its name, for moderators.")
    url = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20, choices=Reason)
    sentence = models.CharField(max_length=280, help_text="Public, for those concerned too.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    role = models.CharField(max_length=12, help_text="Staff or moderator, as the log names them.")
    takes_part = models.BooleanField(
        default=False, help_text="Whether who decided said something or voted in that debate."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    definition = told_of(Definition)
    collection = told_of(Collection)
    statement = told_of(Statement)
    person = told_of(settings.AUTH_USER_MODEL)
    output = told_of(Output)
    run = told_of(Run)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=Reason.values), name="decision_reason_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}: {self.reason}"

    def get_absolute_url(self) -> str:
        return reverse("moderation-decision", args=[self.pk])

    @property
    def objection(self) -> "Appeal | None":
        """The appeal against it, where there is one."""
        found: Appeal | None = getattr(self, "appeal", None)
        return found

    def concerns(self, person: Any) -> bool:
        """Whether somebody was told of it because it is about what is theirs. One query."""
        told = EventConcern.objects.filter(event__decision=self, event__kind="decided")
        return told.filter(person=person.pk).exists()

    @property
    def by(self) -> str:
        """Who decided, as the log says it: in which role, and whether with a part in the debate."""
        return f"{self.role}, takes part in this debate" if self.takes_part else self.role

    @property
    def address(self) -> str:
        """Where what it is about is found now; empty where that is gone, and for accounts.

        The path as it was then may name somebody who hides their name since.
        """
        if self.kind == "round":
            return self.url
        about = self.definition or self.statement or self.collection or self.output or self.run
        return about.get_absolute_url() if about is not None else ""

    @property
    def is_withheld(self) -> bool:
        """Whether the log keeps back what it was about: accounts and rounds, which nobody lists,
        by reason, and what belongs to a run or a collection that is not public now; reads these."""
        if self.kind in IN_COLLECTIONS:
            made = self.collection
            if made is None or made.visibility != Shown.PUBLIC:
                return True
        if self.kind in OF_RUNS:
            run = self.output.run if self.output is not None else self.run
            if run is None or not run.is_public:
                return True
        return self.kind in ("account", "round") or self.reason in WITHHOLDING


class Appeal(models.Model):
    """What somebody whom a decision concerns says against it: one a decision, for good."""

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="appeal")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    words = models.CharField(max_length=500)
    made_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    upheld = models.BooleanField(null=True, help_text="Whether the decision was wrong.")
    restored = models.BooleanField(
        default=False, help_text="Whether what was taken came back by it."
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, upheld=None)
                | Q(decided_at__isnull=False, upheld__isnull=False),
                name="appeal_decided_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(restored=False) | Q(upheld=True), name="appeal_upheld_restores"
            ),
        ]

    def __str__(self) -> str:
        return f"against {self.decision}"

    @property
    def outcome(self) -> str:
        """What became of it: waits, stands, undone, or found wrong where nothing came back."""
        if self.upheld is None:
            return "waits"
        if not self.upheld:
            return "stands"
        return "undone" if self.restored else "found wrong"


class Event(models.Model):
    """One thing that happened: who did what to which row, in words that never change.

    `definition` and `collection` are what the row belongs to, by which it is followed and fed.
    A row that is erased leaves the event without it, and its words are then shown no more.
    """

    ABOUT = (
        "definition_version",
        "proposal",
        "snapshot",
        "collection_version",
        "suggestion",
        "statement",
        "decision",
        "person",
        "output",
        "release",
    )
    """The columns of which one is filled; none where it is about the collection itself."""

    kind = models.CharField(max_length=24)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(auto_now_add=True)
    sentence = models.CharField(max_length=400)
    title = models.CharField(max_length=200)
    reason = models.CharField(max_length=1000, blank=True, help_text="Why, or what is new.")
    public = models.BooleanField(help_text="Whether others than those who are meant may read it.")
    definition = told_of(Definition, db_index=False)
    collection = told_of(Collection, db_index=False)
    definition_version = told_of(DefinitionVersion)
    proposal = told_of(Proposal)
    snapshot = told_of(Snapshot)
    collection_version = told_of(CollectionVersion)
    suggestion = told_of(Suggestion)
    statement = told_of(Statement)
    decision = told_of(Decision)
    person = told_of(settings.AUTH_USER_MODEL)
    output = told_of(Output)
    release = told_of("exchange.DataRelease")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        # The first four are for feeds. The others are for notices, which every page asks for: in
        # order of `at` no other index offers itself, where that of the key is walked from its end.
        indexes = [
            models.Index(fields=["kind", "-id"], name="event_of_kind"),
            models.Index(fields=["definition", "-id"], name="event_of_definition"),
            models.Index(fields=["collection", "-id"], name="event_of_collection"),
            models.Index(fields=["actor", "-id"], name="event_of_actor"),
            models.Index(fields=["definition", "-at"], name="event_of_definition_lately"),
            models.Index(fields=["collection", "-at"], name="event_of_collection_lately"),
            models.Index(fields=["actor", "-at"], name="event_of_actor_lately"),
        ]

    def __str__(self) -> str:
        return self.sentence

    def get_absolute_url(self) -> str:
        """An address that stays: it leads to where the row is found now."""
        return reverse("event", args=[self.pk])

    @property
    def about(self) -> models.Model | None:
        """The row itself; None where it was erased."""
        rows: list[models.Model | None] = [getattr(self, name) for name in self.ABOUT]
        return next((row for row in rows if row is not None), self.collection)


class EventConcern(models.Model):
    """Somebody who is directly meant by an event: whose it is, or who asked for it."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="concerns")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("person", "event", name="event_concern_once")]

    def __str__(self) -> str:
        return f"{self.event_id} concerns {self.person_id}"


class Follow(models.Model):
    """Something or somebody that a person wants to hear of; nobody else sees it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    definition = models.ForeignKey(Definition, models.CASCADE, null=True, related_name="+")
    collection = models.ForeignKey(Collection, models.CASCADE, null=True, related_name="+")
    followed = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(definition__isnull=False, collection=None, followed=None)
                | Q(definition=None, collection__isnull=False, followed=None)
                | Q(definition=None, collection=None, followed__isnull=False),
                name="follow_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(followed=None) | ~Q(followed=models.F("person")),
                name="follow_not_oneself",
            ),
            models.UniqueConstraint(
                "person", "definition", "collection", "followed", name="follow_once",
                nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.definition or self.collection or self.followed_id}"


class FlagReason(models.TextChoices):
    """Why a reader asks moderators to look at something."""

    UNSUPPORTED = "unsupported", "nothing supports it"
    NOT_A_CLAIM = "not-a-claim", "it claims nothing"
    DUPLICATE = "duplicate", "it says the same as another"
    OFF_TOPIC = "off-topic", "it is about something else"
    ABUSE = "abuse", "it insults or threatens somebody"
    PERSONAL_DATA = "personal-data", "it tells what is private to somebody"


FLAGGED = ("collection", "placement", "suggestion", "statement", "person")
"""The columns of a flag of which one is filled, or none where the row is gone."""


def at_most_one(columns: tuple[str, ...]) -> Q:
    """That all but one of some columns are empty."""
    found = Q()
    for filled in columns:
        found |= Q(**dict.fromkeys((each for each in columns if each != filled), None))
    return found


class Flag(models.Model):
    """One reader's request that moderators look at what somebody wrote; one a thing, for good.

    What it is about may be gone: then it counts for the reader's record alone.
    """

    TARGETS = FLAGGED

    flagger = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    collection = told_of(Collection)
    placement = told_of(Placement)
    suggestion = told_of(Suggestion)
    statement = told_of(Statement)
    person = told_of(settings.AUTH_USER_MODEL)
    reason = models.CharField(max_length=16, choices=FlagReason)
    words = models.CharField(max_length=280, blank=True)
    folds = models.BooleanField(help_text="Made by an established member.")
    made_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    upheld = models.BooleanField(null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=at_most_one(FLAGGED), name="flag_one_target"),
            models.CheckConstraint(
                condition=Q(decided_at=None, upheld=None)
                | Q(decided_at__isnull=False, upheld__isnull=False),
                name="flag_decided_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=FlagReason.values), name="flag_reason_known"
            ),
            *(
                models.UniqueConstraint("flagger", target, name=f"flag_once_{target}")
                for target in FLAGGED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.target}"

    @property
    def target(self) -> Any:
        """What it is about; None where that is gone."""
        rows = (getattr(self, name) for name in self.TARGETS)
        return next((row for row in rows if row is not None), None)


class SiteKey(models.Model):
    """What the site is called in the ids of its feeds, wherever it stands."""

    value = models.CharField(max_length=32)
    made_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="site_key_only_one")]

    def __str__(self) -> str:
        return self.value
