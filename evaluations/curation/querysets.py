from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Max, Prefetch, Q
from django.db.models.functions import Left

from evaluations.accounts.models import User
from evaluations.debates.models import Statement
from evaluations.definitions.models import DefinitionVersion
from evaluations.prompts.models import Prompt
from evaluations.runs.models import Output
from evaluations.runs.openings import OPENING

if TYPE_CHECKING:
    from evaluations.curation.models import (  # noqa: F401
        Collection,
        CollectionVersion,
        Placement,
        Round,
        Suggestion,
    )

OUTPUTS = ("output", "left", "right")
LONG = ("text", "trace", "answer", "error")


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: "User | AnonymousUser") -> "CollectionQuerySet":
        """What somebody may open: all but others' private ones, which staff may; joins the owner.

        Retired ones are among them: their page says so.
        """
        found = self.select_related("owner", "forked_from__collection__owner", "featured_by")
        if user.is_staff:
            return found
        return found.filter(~Q(visibility="private") | (Q(owner=user.pk) & Q(owner__isnull=False)))

    def shown(self) -> "CollectionQuerySet":
        """Public ones that nobody retired; joins nothing."""
        return self.filter(visibility="public", retired_at=None)

    def listed(self) -> "CollectionQuerySet":
        """Of these, for lists, those with a newer version first; then by how many items there are.

        Joins the owner; adds `items`, `versioned` (the newest version's time).
        """
        return (
            self.shown()
            .select_related("owner", "featured_by")
            .annotate(
                items=Count("placements", distinct=True), versioned=Max("versions__created_at")
            )
            .order_by(models.F("versioned").desc(nulls_last=True), "-items", "-pk")
        )

    def featured(self) -> "CollectionQuerySet":
        """Those that a moderator chose for the front page, the last chosen first; as `listed`."""
        return self.listed().filter(featured_at__isnull=False).order_by("-featured_at")

    def of(self, owner: "User") -> "CollectionQuerySet":
        """Somebody's own that they still use, the last used first, with `items`."""
        return (
            self.filter(owner=owner, retired_at=None)
            .select_related("owner")
            .annotate(items=Count("placements"))
            .order_by("-used_at", "-pk")
        )


class PlacementQuerySet(models.QuerySet["Placement"]):
    def for_reading(self, without: Sequence[str] = LONG) -> "PlacementQuerySet":
        """Items with what their page names; of outputs only how they begin.

        Joins who added it; a query for each kind of target that there is, with all that is named
        of it, and one for the lenses: joined all at once, thirty tables took longer to plan than
        to read, and ten still twenty times as long. Adds `opening` of one output.

        Args:
            without: fields of outputs that are not read.
        """
        outputs = Output.objects.for_reading().defer(*without)
        return (
            self.select_related("added_by")
            .prefetch_related(
                *(Prefetch(name, outputs) for name in OUTPUTS),
                Prefetch(
                    "definition_version", DefinitionVersion.objects.select_related("definition")
                ),
                Prefetch("prompt", Prompt.objects.select_related("prompt_set")),
                Prefetch("statement", Statement.objects.select_related("version__definition")),
                "lens__definition",
            )
            .annotate(opening=Left("output__text", OPENING))
        )

    def whole(self) -> "PlacementQuerySet":
        """Items with all that a version freezes or a file gives; otherwise as `for_reading`."""
        return self.for_reading(())


class VersionQuerySet(models.QuerySet["CollectionVersion"]):
    def for_list(self) -> "VersionQuerySet":
        """Versions without their contents; joins the collection and its owner."""
        return self.select_related("collection__owner").defer("contents")


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def waiting(self) -> "SuggestionQuerySet":
        return self.filter(state="open")

    def for_list(self) -> "SuggestionQuerySet":
        """Suggestions with what they suggest and who did; joins outputs with run and prompt."""
        joined = [f"{name}__{path}" for name in OUTPUTS for path in ("run__model", "prompt")]
        return self.select_related(
            *joined,
            "definition_version__definition",
            "prompt",
            "author",
            "statement__version__definition",
        ).defer(*(f"{name}__{text}" for name in OUTPUTS for text in LONG))


class RoundQuerySet(models.QuerySet["Round"]):
    def for_page(self) -> "RoundQuerySet":
        """Rounds with their protocol, its owner and their collection."""
        return self.select_related("protocol__owner", "collection__owner")

    def of(self, user: "User") -> "RoundQuerySet":
        """Those that somebody began or takes part in, the newest first; as `for_page`."""
        mine = Q(protocol__owner=user) | Q(protocol__members__user=user)
        return self.for_page().filter(mine).distinct().order_by("-created_at", "-pk")
