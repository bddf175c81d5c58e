from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from evaluations.definitions.models import (  # noqa: F401
        Criterion,
        CriterionVersion,
        Definition,
        DefinitionVersion,
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

    def for_keys(self, keys: tuple[str, ...] | list[str]) -> "CriterionVersionQuerySet":
        """The current wording of the named criteria; joins the criterion."""
        return self.current().filter(criterion__key__in=keys)


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def in_catalogue_order(self) -> "DefinitionQuerySet":
        """Definitions as the catalogue lists them, later ones by name; joins nothing."""
        return self.order_by("position", "name")


class DefinitionVersionQuerySet(models.QuerySet["DefinitionVersion"]):
    def published(self) -> "DefinitionVersionQuerySet":
        """The version in force of each definition; joins the definition."""
        return (
            self.filter(is_current=True)
            .select_related("definition")
            .order_by("definition__position", "definition__name")
        )

    def with_pins(self) -> "DefinitionVersionQuerySet":
        """Adds the pinned criterion versions and their criteria (two queries in all)."""
        return self.prefetch_related("criterion_versions__criterion")
