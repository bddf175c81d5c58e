import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluations.activity.kinds import IN_DEBATES, IN_FEEDS, IN_THE_LOG, OF_THE_SITE, ON_THE_FRONT
from evaluations.curation.models import CollectionVersion, Shown
from evaluations.curation.querysets import LONG
from evaluations.definitions.models import DefinitionVersion, State
from evaluations.leaderboards.models import Snapshot

if TYPE_CHECKING:
    from evaluations.accounts.models import User
    from evaluations.activity.models import Appeal, Decision, Event, Flag  # noqa: F401

GRAVE: Final = ("abuse", "personal-data")
"""Reasons of flags that moderators look at first, and that fold."""
FOLD_AT: Final = 3
FOLD_LASTS: Final = dt.timedelta(hours=72)
STAYS_SAID = ("definition-retired", "collection-retired")
"""What is still told of a thing that was retired: that it was."""
ASKS = "ask to reword"
REWORDED_WITHIN: Final = dt.timedelta(days=7)
"""How long somebody who was asked for other words has before moderators look at it again."""
AGAINST = (ASKS, "merge", "retire", "withdraw")
LIFTS = "lift a suspension"
TAKING = ("merge", "retire")
"""What takes a thing away until somebody restores it."""


class EventQuerySet(models.QuerySet["Event"]):
    def listed(self) -> "EventQuerySet":
        """What everybody may come across now, in feeds and lists.

        Left out is what is about a collection that is not public or that a moderator retired, what
        is about a retired definition or collection, but for the retiring itself, about a statement
        that was retired, that a collection was featured which is not any more, what names one that
        readers folded, and what was erased.
        """
        flags = self.model._meta.apps.get_model("activity", "Flag")._default_manager
        folded = Q(collection__in=flags.folding("collection"))
        in_force = DefinitionVersion.objects.filter(
            definition=OuterRef("definition"), is_current=True
        ).exclude(state=State.RETIRED)
        shown = Q(collection__visibility="public", collection__withheld=False) & (
            Q(collection__retired_at=None) | Q(kind__in=STAYS_SAID)
        )
        stands = Q(kind__in=STAYS_SAID, definition__isnull=False) | Exists(in_force)
        said = Q(statement=None) | Q(statement__retired_at=None)
        released = Q(release__isnull=False)
        featured = ~Q(kind="collection-featured") | Q(collection__featured_at__isnull=False)
        return self.filter(public=True).filter(
            ~folded, said, featured, released | shown | Q(collection=None) & stands
        )

    def not_hidden_from(self, reader: "User") -> "EventQuerySet":
        """Without what authors did whom somebody hides, and what happened to their collections.

        Decisions name nobody. Of "a member" silence would tell who that is.
        """
        others = ~Q(actor__hidden_by=reader) | Q(actor__hides_name=True)
        owners = Q(collection=None) | ~Q(collection__owner__hidden_by=reader)
        return self.filter(
            Q(kind="decided") | others, owners | Q(collection__owner__hides_name=True)
        )

    def of_the_site(self) -> "EventQuerySet":
        """Of these, what the feed of the whole site tells."""
        return self.listed().filter(kind__in=OF_THE_SITE)

    def on_the_front(self) -> "EventQuerySet":
        """Of these, what the front page tells."""
        return self.listed().filter(kind__in=ON_THE_FRONT)

    def in_feeds(self) -> "EventQuerySet":
        """Of these, what the feed of one thing or person tells."""
        return self.listed().filter(kind__in=IN_FEEDS)

    def of_the_log(self) -> "EventQuerySet":
        """What the feed of the log of decisions tells, which names neither a thing nor a person."""
        return self.filter(public=True, kind__in=IN_THE_LOG)

    def of_debates(self) -> "EventQuerySet":
        """Of these, what happened in debates."""
        return self.filter(kind__in=IN_DEBATES)

    def with_rows(self) -> "EventQuerySet":
        """Events with who did them and the rows that they are about, for their addresses.

        A query for each kind of row that there is: joined, all of them take PostgreSQL seconds.
        """
        boards = Snapshot.objects.select_related("version__definition")
        return self.select_related("actor").prefetch_related(
            "definition_version__definition",
            "proposal__definition",
            Prefetch("snapshot", boards.defer("rows", "names", "runs", "rule")),
            Prefetch("collection_version", CollectionVersion.objects.for_list()),
            "suggestion__collection__owner",
            "collection__owner",
            "statement__version__definition",
            "decision",
            "release",
        )


class DecisionQuerySet(models.QuerySet["Decision"]):
    def for_log(self) -> "DecisionQuerySet":
        """Decisions, the newest first, with what says whether the log may name it, and where."""
        texts = [f"output__{name}" for name in LONG]
        return (
            self.select_related(
                "definition", "collection__owner", "statement", "appeal", "output__run", "run"
            )
            .defer(*texts)
            .order_by("-pk")
        )

    def against(self) -> "DecisionQuerySet":
        """Decisions that took something away, or asked for other words."""
        return self.filter(Q(verb__in=AGAINST) | Q(verb__startswith="suspend"))

    def that_took_with(self, decision: "Decision") -> "DecisionQuerySet":
        """Decisions that took away what this one is about, the newest first."""
        same = {name: getattr(decision, name) for name in ("definition", "collection", "statement")}
        return self.filter(verb__in=TAKING, kind=decision.kind, **same).order_by("-pk")

    def suspending(self, person: "User") -> "DecisionQuerySet":
        """Suspensions of an account that nobody lifted and no appeal found wrong."""
        about = self.filter(person=person, kind="account")
        lifted = about.filter(verb=LIFTS).order_by().aggregate(last=models.Max("pk"))["last"]
        found = about.filter(verb__startswith="suspend", pk__gt=lifted or 0)
        return found.exclude(appeal__upheld=True)

    def concerning(self, person: "User") -> "DecisionQuerySet":
        """Decisions about what is somebody's."""
        concerns = self.model._meta.apps.get_model("activity", "EventConcern")._default_manager
        return self.filter(
            Exists(
                concerns.filter(
                    event__decision=OuterRef("pk"), event__kind="decided", person=person.pk
                )
            )
        )


class AppealQuerySet(models.QuerySet["Appeal"]):
    def waiting(self) -> "AppealQuerySet":
        """Appeals that nobody decided yet, the longest waiting first; joins the decision."""
        return self.filter(decided_at=None).select_related("decision").order_by("pk")


class FlagQuerySet(models.QuerySet["Flag"]):
    def waiting(self) -> "FlagQuerySet":
        """Flags on what is still there that nobody decided and nobody took back."""
        gone = Q(collection=None, placement=None, suggestion=None, statement=None, person=None)
        return self.filter(decided_at=None, withdrawn_at=None).exclude(gone)

    def folding(self, column: str, keys: Iterable[int] | None = None) -> "models.QuerySet[Any]":
        """Keys of what readers folded, as a query: three established people flagged it for what is
        grave, the third of them in the last three days, and nobody decided yet.

        Args:
            column: of the flag, by what is folded.
            keys: among which; all where they are not given.
        """
        grave = self.waiting().filter(folds=True, reason__in=GRAVE, **{f"{column}__isnull": False})
        if keys is not None:
            grave = grave.filter(**{f"{column}__in": keys})
        early = models.Count("pk", filter=Q(made_at__lte=timezone.now() - FOLD_LASTS))
        counted = grave.order_by().values(column).annotate(early=early, count=models.Count("pk"))
        found: models.QuerySet[Any] = counted.filter(count__gte=FOLD_AT, early__lt=FOLD_AT)
        return found.values_list(column, flat=True)

    def for_moderators(self) -> "FlagQuerySet":
        """Flags that wait, and those that moderators answered by asking for other words, which
        nobody wrote within `REWORDED_WITHIN` of that, or of the appeal that let it stand; what is
        asked further may name that time as `asked_at`.

        What a person says of themselves is kept without its time: such a flag comes back anyhow.
        """
        due = timezone.now() - REWORDED_WITHIN
        decisions = self.model._meta.apps.get_model("activity", "Decision")._default_manager
        asked = decisions.filter(
            Q(appeal=None) | Q(appeal__upheld=False), verb=ASKS, created_at=OuterRef("decided_at")
        ).order_by()
        from_then = asked.values_list(Coalesce("appeal__decided_at", "created_at"))[:1]
        then = models.F("decided_at")
        as_it_was = (
            Q(person__isnull=False)
            | Q(statement__is_current=True, statement__retired_at=None)
            | Q(suggestion__state="open")
            | Q(collection__isnull=False) & ~Q(collection__worded_at__gt=then)
            | Q(placement__isnull=False) & ~Q(placement__noted_at__gt=then)
        )
        overdue = Q(upheld=True, decided_at__lte=due, asked_at__lte=due) & as_it_was
        dated = self.alias(asked_at=models.Subquery(from_then))
        return dated.filter(Q(pk__in=self.waiting().values("pk")) | overdue, withdrawn_at=None)

    def on_what_is_read(self) -> "FlagQuerySet":
        """Without those on what others than its owner cannot read now; they wait again with it.

        That is what lies in a private collection, in one that a moderator retired, or in one that
        its owner retired and of which no version is frozen: retired, a collection is read in its
        versions alone.
        """
        frozen = CollectionVersion.objects.order_by()
        unread = Q()
        for path in ("collection", "placement__collection", "suggestion__collection"):
            kept = Q(Exists(frozen.filter(collection=OuterRef(path))))
            unread |= Q(**{f"{path}__visibility": Shown.PRIVATE})
            unread |= Q(**{f"{path}__withheld": True})
            unread |= Q(**{f"{path}__retired_at__isnull": False}) & ~kept
        return self.exclude(unread)

    def with_targets(self) -> "FlagQuerySet":
        """Flags with who made them, what they are about and whose that is."""
        return self.select_related(
            "flagger", "person", "collection__owner", "placement__collection__owner",
            "suggestion__collection__owner", "statement__author",
            "statement__version__definition",
        )  # fmt: skip
