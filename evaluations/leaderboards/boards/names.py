"""What the rows of a board are called, on the page and in addresses."""

from dataclasses import dataclass

from evaluations.runs.models import LanguageModel, Recipe

EVERY_RECIPE = Recipe(slug="", name="all recipes")


class NamedRow:
    """A row of a board: a model with a recipe, or with `EVERY_RECIPE`."""

    model: LanguageModel
    recipe: Recipe

    @property
    def key(self) -> str:
        """Its name in the URL: model--recipe, or the model alone where it has all recipes."""
        return "--".join(self.fields.values())

    @property
    def name(self) -> str:
        return f"{self.model.name}, {self.recipe.name}" if self.recipe.slug else self.model.name

    @property
    def fields(self) -> dict[str, str]:
        """The URL parameters that narrow outputs to the row."""
        parameters = {"model": self.model.slug, "recipe": self.recipe.slug}
        return {name: value for name, value in parameters.items() if value}

    @property
    def in_catalogue(self) -> tuple[int, str, int, str]:
        """Sorts rows as the catalogue has them."""
        return self.model.position, self.model.name, self.recipe.position, self.recipe.name


@dataclass(frozen=True)
class BoardRow(NamedRow):
    """A row without its numbers: which group of outputs it is, its model and its recipe."""

    number: int
    model: LanguageModel
    recipe: Recipe
