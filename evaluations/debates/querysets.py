from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left

from evaluations.runs.openings import OPENING

if TYPE_CHECKING:
    from evaluations.accounts.models import User
    from evaluations.debates.models import (  # noqa: F401
        DebateSnapshot,
        Evidence,
        Reaction,
        Stance,
        Statement,
        Vote,
    )
    from evaluations.definitions.models import DefinitionVersion

LONG = ("text", "trace", "answer", "error")


class StatementQuerySet(models.QuerySet["Statement"]):
    def standing(self) -> "StatementQuerySet":
        """Neither reworded nor retired; joins nothing."""
        return self.filter(is_current=True, retired_at=None)

    def for_page(self) -> "StatementQuerySet":
        """With what a page names: author, what it quotes, its version and definition.

        Two queries more, for the evidence with its outputs, of which only the opening is read.
        """
        return self.select_related(
            "author", "quotes__author", "version__definition"
        ).prefetch_related(models.Prefetch("evidence", queryset=self.evidence()))

    def earlier_wordings(self, statements: Iterable["Statement"]) -> dict[int, list["Statement"]]:
        """Key of each of some statements that was reworded to what it was before, the newest first.

        One query where any was.
        """
        reworded = [it for it in statements if it.supersedes_id is not None]
        if not reworded:
            return {}
        versions = {it.version_id for it in reworded}
        before = self.filter(version__in=versions, is_current=False).in_bulk()
        found: dict[int, list[Statement]] = {it.pk: [] for it in reworded}
        for it in reworded:
            key = it.supersedes_id
            while key is not None:
                found[it.pk].append(before[key])
                key = before[key].supersedes_id
        return found

    def wordings_of(self, statement: "Statement") -> list[int]:
        """Keys of a statement and of what it was before. One query where it was reworded."""
        earlier = self.earlier_wordings([statement]).get(statement.pk, [])
        return [statement.pk, *(it.pk for it in earlier)]

    def wordings_since(self, statement: "Statement") -> Iterator["Statement"]:
        """A statement and each rewording of it, that which is in force last. A query for each."""
        found: Statement | None = statement
        while found is not None:
            yield found
            found = self.filter(supersedes=found.pk).first()

    def stand_now(self, keys: Iterable[int]) -> dict[int, int]:
        """Each of some keys to that of the wording in force, its own where it was not reworded.

        One query, and one more for each time that any was.
        """
        found = {key: key for key in keys}
        asked: Iterable[int] = found
        while later := dict(self.filter(supersedes__in=asked).values_list("supersedes", "pk")):
            found = {key: later.get(now, now) for key, now in found.items()}
            asked = later.values()
        return found

    def evidence(self) -> "EvidenceQuerySet":
        found: EvidenceQuerySet = (
            self.model._meta.apps.get_model("debates", "Evidence").objects.all().for_reading()
        )
        return found


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def for_reading(self) -> "EvidenceQuerySet":
        """With what a card shows; joins the output with run, model, recipe and prompt.

        Adds how the output begins, as `opening`, in place of its texts.
        """
        return (
            self.select_related(
                "output__run__model", "output__run__recipe", "output__prompt__prompt_set"
            )
            .defer(*(f"output__{name}" for name in LONG))
            .annotate(opening=Left("output__text", OPENING))
        )


class VoteQuerySet(models.QuerySet["Vote"]):
    def current(self) -> "VoteQuerySet":
        return self.filter(is_current=True)

    def cast_in(self, version: int, person: "User") -> "VoteQuerySet":
        """All that somebody ever voted in the debate about a version, by its key."""
        return self.filter(voter=person, statement__version=version)

    def counted(self) -> "VoteQuerySet":
        """Votes in force that count: none of an account of which a statement was retired for
        abuse; joins nothing."""
        statements = self.model._meta.apps.get_model("debates", "Statement")._default_manager
        abused = statements.filter(author=OuterRef("voter"), retired_for="abuse")
        return self.current().filter(~Q(Exists(abused)))


class StanceQuerySet(models.QuerySet["Stance"]):
    def current(self) -> "StanceQuerySet":
        return self.filter(is_current=True)

    def of(self, person: "User", version: "DefinitionVersion") -> "Stance | None":
        """Where somebody stands now; None where they never said."""
        return self.current().filter(person=person, version=version).first()


class ReactionQuerySet(models.QuerySet["Reaction"]):
    def current(self) -> "ReactionQuerySet":
        return self.filter(is_current=True)

    def to(self, statements: Iterable["Statement"]) -> "ReactionQuerySet":
        """Reactions in force to some statements; joins nothing."""
        return self.current().filter(statement__in=list(statements))


class DebateSnapshotQuerySet(models.QuerySet["DebateSnapshot"]):
    def of_definition(self, slug: str) -> "DebateSnapshotQuerySet":
        """Those of one definition without their contents, the newest first; joins it."""
        return (
            self.filter(version__definition__slug=slug)
            .select_related("version__definition")
            .defer("contents")
        )
