"""The rows of a board by name: what the other views of a board show beside their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.leaderboards.boards.rows import EVERY_RECIPE
from evaluations.leaderboards.boards.standings import Groups
from evaluations.runs.models import LanguageModel, Recipe


@dataclass(frozen=True)
class BoardRow:
    """One row of a board: the number of its group, its model and its recipe."""

    number: int
    model: LanguageModel
    recipe: Recipe

    @property
    def key(self) -> str:
        """Its name in the URL: model--recipe, or the model alone where it has all recipes."""
        return "--".join(filter(None, (self.model.slug, self.recipe.slug)))

    @property
    def name(self) -> str:
        return f"{self.model.name}, {self.recipe.name}" if self.recipe.slug else self.model.name

    @property
    def fields(self) -> dict[str, str]:
        """The URL parameters that narrow outputs to the row."""
        parameters = {"model": self.model.slug, "recipe": self.recipe.slug}
        return {name: value for name, value in parameters.items() if value}


def rows_of_board(groups: Groups) -> list[BoardRow]:
    """The rows in the order of the catalogue. Makes two queries."""
    models = LanguageModel.objects.in_bulk(sorted(set(groups.model)))
    recipes = Recipe.objects.in_bulk(sorted(set(groups.recipe) - {0}))
    rows = [
        BoardRow(number, models[model], recipes.get(recipe, EVERY_RECIPE))
        for number, (model, recipe) in enumerate(zip(groups.model, groups.recipe, strict=True))
    ]
    return in_catalogue_order(rows)


def in_catalogue_order(rows: Sequence[BoardRow]) -> list[BoardRow]:
    return sorted(
        rows,
        key=lambda row: (
            row.model.position,
            row.model.name,
            row.recipe.position,
            row.recipe.name,
        ),
    )
