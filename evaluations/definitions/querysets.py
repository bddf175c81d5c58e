from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from evaluations.accounts.models import User
    from evaluations.definitions.models import (  # noqa: F401
        Criterion,
        CriterionVersion,
        Definition,
        DefinitionVersion,
        Proposal,
        Relation,
    )


class CriterionQuerySet(models.QuerySet["Criterion"]):
    def in_catalogue_order(self) -> "CriterionQuerySet":
        """Every criterion, in the catalogue's order; joins nothing."""
        return self.order_by("position", "key")


class CriterionVersionQuerySet(models.QuerySet["CriterionVersion"]):
    def current(self) -> "CriterionVersionQuerySet":
        """The wording that is asked now, one a criterion; joins the criterion."""
        return (
            self.filter(is_current=True).select_related("criterion").order_by("criterion__position")
        )

    def offered(self) -> "CriterionVersionQuerySet":
        """The wordings that new rules and blocks may name: `current` less the retired ones."""
        return self.current().filter(criterion__successors=[])

    def for_keys(self, keys: tuple[str, ...] | list[str]) -> "CriterionVersionQuerySet":
        """The current wording of the named criteria; joins the criterion."""
        return self.current().filter(criterion__key__in=keys)


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def in_catalogue_order(self) -> "DefinitionQuerySet":
        """Definitions as the catalogue lists them, later ones by name; joins nothing."""
        return self.order_by("position", "name")

    def visible_to(self, user: "User | AnonymousUser") -> "DefinitionQuerySet":
        """Those with a published version; one's own drafts too, and all for staff."""
        if user.is_authenticated and user.is_staff:
            return self
        seen = Q(versions__is_current=True)
        if user.is_authenticated:
            seen |= Q(owner=user)
        return self.filter(seen).distinct()


class DefinitionVersionQuerySet(models.QuerySet["DefinitionVersion"]):
    _reads_pins = False
    _result_cache: "list[DefinitionVersion] | None"

    def _clone(self) -> "DefinitionVersionQuerySet":
        clone: DefinitionVersionQuerySet = super()._clone()  # type: ignore[misc]
        clone._reads_pins = self._reads_pins
        return clone

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if self._reads_pins and is_new and self._result_cache:
            self.model.read_pins(self._result_cache)

    def in_force(self) -> "DefinitionVersionQuerySet":
        """The version of each definition that is not a draft and not replaced.

        Retired and merged definitions too: what a definition's own page shows. Joins the
        definition and the author.
        """
        return (
            self.filter(is_current=True)
            .select_related("definition", "author")
            .order_by("definition__position", "definition__name")
        )

    def published(self) -> "DefinitionVersionQuerySet":
        """The version in force of each definition that lists show; joins as `in_force`."""
        return self.in_force().filter(state="published")

    def curated(self) -> "DefinitionVersionQuerySet":
        """What the front page, the matrix and sentences speak of: shipped, or marked by staff."""
        return self.published().filter(definition__curated_at__isnull=False)

    def others(self) -> "DefinitionVersionQuerySet":
        """Published, and marked by nobody: on lists of their own, a page at a time."""
        return self.published().filter(definition__curated_at=None)

    def for_map(self) -> "DefinitionVersionQuerySet":
        """Only what names a version and links to it; joins the definition, without long texts."""
        return (
            self.select_related(None)
            .select_related("definition")
            .only(
                "number",
                "rule",
                "absence_policy",
                "state",
                "is_current",
                "definition__slug",
                "definition__name",
                "definition__position",
            )
        )

    def of_everyone(self) -> "DefinitionVersionQuerySet":
        """Versions that anybody may see: all but drafts; joins the definition and the author."""
        return self.exclude(state="draft").select_related("definition", "author")

    def with_history(self) -> "DefinitionVersionQuerySet":
        """Adds who wrote a version, the amendment that made it, and its changes of state.

        Joins the author, the amendment and its proposer; one query more for the changes.
        """
        return self.select_related("author", "proposal__proposer").prefetch_related(
            "state_changes__actor", "state_changes__merged_into"
        )

    def with_pins(self) -> "DefinitionVersionQuerySet":
        """Adds the pinned criterion versions and their criteria (two queries more)."""
        clone = self._clone()
        clone._reads_pins = True
        return clone

    def of_forks(self) -> "DefinitionVersionQuerySet":
        """Versions that began as somebody else's rule, however much was changed since."""
        return self.filter(forked_from__isnull=False)


class RelationQuerySet(models.QuerySet["Relation"]):
    def that_tell(self) -> "RelationQuerySet":
        """Pairs of which one follows from the other, or nobody knows; joins nothing.

        What the rules alone say, postulates say too.
        """
        return self.exclude(by_postulates=0)

    def of(self, version: "DefinitionVersion") -> "RelationQuerySet":
        """Those of one version, which may stand on either side."""
        return self.filter(Q(one=version) | Q(other=version))


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def for_list(self) -> "ProposalQuerySet":
        """Amendments, the newest first; joins the definition, the proposer and the version."""
        return self.select_related("definition", "proposer", "version", "base").order_by("-pk")

    def waiting(self) -> "ProposalQuerySet":
        """Amendments that are neither decided nor withdrawn, the oldest first; as `for_list`."""
        return self.for_list().filter(state="open").order_by("pk")

    def waiting_for(self, user: "User") -> "ProposalQuerySet":
        """Those on which somebody decides: as owner, and staff where nobody owns it."""
        owned = Q(definition__owner=user)
        return self.waiting().filter(owned | Q(definition__owner=None) if user.is_staff else owned)
