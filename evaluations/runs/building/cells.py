"""The cells of a grid: every model by every recipe on every prompt set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.models import LanguageModel, Recipe

MOST_CELLS = 100
TRIED = 3
"""Prompts that are asked first when a grid is tried."""


@dataclass(frozen=True)
class Cell:
    """One run to be: a model asked by a recipe about the prompts of a set, each so often."""

    model: LanguageModel
    recipe: Recipe
    prompt_set: PromptSet
    prompts: Sequence[Prompt]
    samples: int

    @property
    def outputs(self) -> int:
        return len(self.prompts) * self.samples


def samples_of(recipe: Recipe, samples: int | None) -> int:
    """Samples of each prompt: at temperature 0 one, else as asked, else as the recipe says."""
    return 1 if recipe.is_greedy else samples or recipe.samples


def cells_of(
    *,
    models: Iterable[LanguageModel],
    recipes: Iterable[Recipe],
    prompt_sets: Iterable[PromptSet],
    samples: int | None,
) -> list[Cell]:
    """The cells, model by model. Reads the prompts of each set, in a query a set."""
    asked = {each: list(in_order(each)) for each in prompt_sets}
    return [
        Cell(model, recipe, prompt_set, prompts, samples_of(recipe, samples))
        for model, recipe, (prompt_set, prompts) in product(models, recipes, asked.items())
    ]


def in_order(prompt_set: PromptSet) -> Iterable[Prompt]:
    """The prompts of a set that a run asks, in the order in which it asks them."""
    return prompt_set.prompts.to_be_asked().order_by("position", "id")


def tried_of(cells: Iterable[Cell]) -> list[Prompt]:
    """The prompts that are asked first: one of each set in turn, up to `TRIED`."""
    by_set = {cell.prompt_set.pk: list(cell.prompts) for cell in cells}
    longest = max(map(len, by_set.values()), default=0)
    turns = (prompts[turn : turn + 1] for turn in range(longest) for prompts in by_set.values())
    return [prompt for one in turns for prompt in one][:TRIED]
