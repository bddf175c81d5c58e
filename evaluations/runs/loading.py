"""Loading the default language model and recipes, and launching the first run."""

import json
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from evaluations.prompts.models import Prompt, PromptSet
from evaluations.runs.actions import launch_run
from evaluations.runs.models import LanguageModel, Recipe, Run

CATALOGUE = Path(__file__).parent / "catalogue"
FIRST_PROMPT_SETS = ("arithmetic-stories", "deduction")
FIRST_FOR_PEOPLE = "deduction"
FIRST_MIX = (
    "story-sums", "letter-strings-checked", "base-nine-sums", "premise-chains", "reversal-pairs",
    "more-altered-riddles",
)  # fmt: skip
"""Sets that the debate over reasoning asks for, of which the first run takes one family each."""


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one of the catalogue's files."""
    entries: list[dict[str, Any]] = json.loads((CATALOGUE / name).read_text(encoding="utf-8"))
    return entries


@transaction.atomic
def load_models() -> int:
    """Load models and recipes that are missing; what staff changed stays. Returns how many."""
    new = 0
    for model, file in ((LanguageModel, "models.json"), (Recipe, "recipes.json")):
        for position, entry in enumerate(read(file), start=1):
            _, created = model.objects.get_or_create(
                slug=entry["slug"], defaults={**entry, "position": position}
            )
            new += created
    return new


@transaction.atomic
def launch_first_run(*, limit: int | None = None) -> list[Run]:
    """On a site without runs: the default model, both recipes, two prompt sets and a small mix.

    One of the two is opened to people, so that they can answer what the model was asked. The mix
    is an original with its variants from each set of `FIRST_MIX`.

    Args:
        limit: use only the first *limit* prompts of the two sets, and no mix.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('first-run'))")
    if Run.objects.exists():
        return []
    model = LanguageModel.objects.can_be_asked().order_by("position", "id").first()
    if model is None:
        return []
    PromptSet.objects.filter(slug=FIRST_FOR_PEOPLE).update(for_people=True)
    asked: list[tuple[PromptSet, list[Prompt] | None]] = [
        (prompt_set, None) for prompt_set in PromptSet.objects.filter(slug__in=FIRST_PROMPT_SETS)
    ]
    if limit is None:
        mix = PromptSet.objects.filter(slug__in=FIRST_MIX)
        asked += [(prompt_set, first_family(prompt_set)) for prompt_set in mix]
    return [
        launch_run(
            model=model, recipe=recipe, prompt_set=prompt_set, limit=limit, prompts=prompts, seed=0
        )
        for prompt_set, prompts in asked
        for recipe in Recipe.objects.filter(slug__in=("direct", "step-by-step"))
    ]


def first_family(prompt_set: PromptSet) -> list[Prompt]:
    """The first original of a set with its variants. Two queries."""
    kept = prompt_set.prompts.to_be_asked().order_by("position", "id")
    first = kept.filter(family__isnull=False).first()
    return list(kept.filter(family=first.family_id)) if first else []
