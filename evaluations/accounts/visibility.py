"""Who may read a prompt set, a run or a protocol: everybody, who has its address, or the invited.

Lists, counts, files and boards of everybody hold what is public. `listed_for` and `readable_by`
are the only roads to the rest; they are asked wherever somebody may see more than everybody.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from evaluations.accounts.models import User

Row = TypeVar("Row", bound=models.Model, covariant=True)


class Audience(models.TextChoices):
    """Who reads it. The labels stand as a badge beside its name."""

    PUBLIC = "public", "public"
    UNLISTED = "unlisted", "unlisted"
    PRIVATE = "private", "private"


WHO_READS = {
    Audience.PUBLIC: "public: everybody, and it is in lists and counts",
    Audience.UNLISTED: "unlisted: whoever has its address; it is in no list and no count",
    Audience.PRIVATE: "private: you and those whom you invite",
}
"""For a form that asks."""
NARROW = (Audience.PUBLIC, Audience.UNLISTED, Audience.PRIVATE)
"""From the widest to the narrowest."""


def is_wider(first: str, second: str) -> bool:
    """Whether more people read the first than the second."""
    return NARROW.index(Audience(first)) < NARROW.index(Audience(second))


def narrower(first: str, second: str) -> Audience:
    """The one of the two that fewer people read."""
    return Audience(second if is_wider(first, second) else first)


def read_by(visibility: str, publish_on: dt.date | None) -> str:
    """The audience in the end: everybody, where there is a day on which it is published."""
    return visibility if publish_on is None else Audience.PUBLIC


class Guarded(models.Model):
    """Something of an owner that may be kept from others until a day.

    `OWNER` is the field of its owner and `READERS` the way to the people who are invited.
    """

    OWNER: ClassVar[str] = "owner"
    READERS: ClassVar[str] = "readers"

    visibility = models.CharField(max_length=8, choices=Audience, default=Audience.PUBLIC)
    publish_on = models.DateField(
        null=True, blank=True, help_text="From the beginning of this day (UTC) it is public."
    )

    class Meta:
        abstract = True

    if TYPE_CHECKING:  # each kind has its own

        def get_absolute_url(self) -> str: ...

        def admit(self, people: Iterable[User]) -> None:
            """Let these people read it; twice is once."""

        def dismiss(self, people: Iterable[User]) -> None:
            """Let these people read it no more."""

    @property
    def is_public(self) -> bool:
        return self.visibility == Audience.PUBLIC

    @property
    def held_by(self) -> "Guarded | None":
        """What it is never wider read than; nothing for most."""
        return None

    def kept_from(self, readers: str) -> str:
        """Why so many people may not read it, by what it is made of; empty where they may."""
        return ""

    def kept_from_people(self, people: "Iterable[User]") -> str:
        """Why these may not be invited, by what it is made of; empty where they may."""
        return ""

    @property
    def overdue(self) -> str:
        """Why it is not public though its day has come; empty otherwise. A query then."""
        due = self.publish_on is not None and self.publish_on <= timezone.now().date()
        return self.kept_from(Audience.PUBLIC) if due and not self.is_public else ""

    @property
    def always_public(self) -> bool:
        """Whether it cannot be kept from anybody."""
        return False

    @property
    def owned_by(self) -> int | None:
        """Key of the owner."""
        key: int | None = getattr(self, f"{self.OWNER}_id")
        return key

    @property
    def noun(self) -> str:
        """What it is called in a sentence."""
        return str(self._meta.verbose_name)

    def guarded_by(self, user: "User | AnonymousUser | None") -> bool:
        """Whether *user* decides who reads it: its owner, and staff."""
        if user is None or not user.is_authenticated:
            return False
        return user.is_staff or self.owned_by == user.pk

    @property
    def visibility_url(self) -> str:
        """Where its owner says who reads it."""
        return f"{self.get_absolute_url()}visibility/"

    def invited(self) -> "models.QuerySet[User]":
        """Who may read it besides its owner, by name."""
        people: Any = get_user_model()._default_manager
        way = type(self)._default_manager.filter(pk=self.pk).values(self.READERS)
        found: models.QuerySet[User] = people.filter(pk__in=way).order_by("username")
        return found

    def may_be_read_by(self, user: "User | AnonymousUser | None") -> bool:
        """Whether *user* may read it by its address. One query, or none."""
        if self.visibility != Audience.PRIVATE:
            return True
        rows: Any = type(self)._default_manager.filter(pk=self.pk)
        return bool(rows.readable_by(user).exists())


class Shared(Guarded):
    """The same, with readers whom its owner invites."""

    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")

    class Meta:
        abstract = True

    def admit(self, people: "Iterable[User]") -> None:
        self.readers.add(*people)

    def dismiss(self, people: "Iterable[User]") -> None:
        self.readers.remove(*people)


def known_visibility(name: str) -> list[models.BaseConstraint]:
    """What the table of each of them has to hold."""
    return [
        models.CheckConstraint(
            condition=Q(visibility__in=Audience.values), name=f"{name}_visibility_in_words"
        ),
        models.CheckConstraint(
            condition=~Q(visibility=Audience.PUBLIC) | Q(publish_on=None),
            name=f"{name}_public_waits_for_no_day",
        ),
    ]


class GuardedQuerySet(models.QuerySet[Row]):
    """Rows that are guarded, or belong to a row that is: `GUARD` is the way to it."""

    GUARD: ClassVar[str] = ""

    def _guard(self) -> tuple[Any, str]:
        if not self.GUARD:
            return self.model, ""
        return self.model._meta.get_field(self.GUARD).related_model, f"{self.GUARD}__"

    def _of(self, user: "User | AnonymousUser | None") -> Q:
        """Those that *user* owns or is invited to."""
        if user is None or not user.is_authenticated:
            return Q(pk__in=[])
        guard, way = self._guard()
        invited = guard._base_manager.filter(**{guard.READERS: user.pk}).values("pk")
        return Q(**{f"{way}{guard.OWNER}": user.pk}) | Q(**{f"{way}pk__in": invited})

    def public(self) -> Self:
        """What everybody reads and finds in lists; joins nothing, or what guards it."""
        return self.filter(**{f"{self._guard()[1]}visibility": Audience.PUBLIC})

    def listed_for(self, user: "User | AnonymousUser | None") -> Self:
        """What *user* finds in lists: what is public, their own, what they are invited to."""
        public = Q(**{f"{self._guard()[1]}visibility": Audience.PUBLIC})
        return self.filter(public | self._of(user))

    def readable_by(self, user: "User | AnonymousUser | None") -> Self:
        """What *user* may read by its address; staff may read everything."""
        if user is not None and user.is_authenticated and user.is_staff:
            return self.all()
        open_to_all = ~Q(**{f"{self._guard()[1]}visibility": Audience.PRIVATE})
        return self.filter(open_to_all | self._of(user))
