"""Outputs that repeat earlier ones, asked of one and of all at once."""

import random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from evaluations.judgments.tests.cast import make_model, make_output, make_prompt, make_recipe
from evaluations.prompts.models import PromptSet
from evaluations.runs.models import LanguageModel, Output, Recipe, Run
from evaluations.runs.querysets import ALIKE, repeating

pytestmark = pytest.mark.django_db


def repeats(prompts: str = "SELECT id FROM prompts_prompt") -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(repeating(prompts))
        return {key for (key,) in cursor.fetchall()}


def test_all_at_once_are_those_that_repeat_one_by_one() -> None:
    dice = random.Random(4)
    model, prompts = make_model(), [make_prompt(f"p{n}") for n in range(2)]
    chosen = PromptSet.objects.get()
    runs = [
        Run.objects.create(
            model=model, recipe=recipe, prompt_set=chosen, seed=seed, visibility=visibility
        )
        for recipe in (make_recipe("greedy", temperature=0), make_recipe("drawn", temperature=1))
        for seed, visibility in ((1, "public"), (2, "public"), (3, "private"))
    ]
    assert not repeats()
    for number in range(60):
        output = make_output(
            run=dice.choice(runs),
            prompt=dice.choice(prompts),
            seed=dice.choice([1, 1, 2]),
            state="failed" if number % 9 == 8 else "done",
        )
        if number % 11 == 10:
            Output.objects.filter(pk=output.pk).update(withdrawn_at=timezone.now())
    kept = Output.objects.filter(withdrawn_at=None)
    one_by_one = set(kept.values_list("pk", flat=True)) - set(
        kept.distinct_samples().values_list("pk", flat=True)
    )
    assert repeats() == one_by_one
    assert 5 < len(one_by_one) < kept.count() - 5
    of_one = set(kept.filter(prompt=prompts[0]).values_list("pk", flat=True))
    asked = f"SELECT id FROM prompts_prompt WHERE id = {prompts[0].pk}"
    assert repeats(asked) == one_by_one & of_one


def test_only_runs_that_may_hold_equal_outputs_are_compared() -> None:
    make_prompt()
    chosen = PromptSet.objects.get()
    ape, bee = make_model("ape"), make_model("bee")
    drawn, greedy = make_recipe("drawn", temperature=1), make_recipe("greedy", temperature=0)

    def run(model: LanguageModel, recipe: Recipe, **fields: Any) -> int:
        said = {"model": model, "recipe": recipe, "prompt_set": chosen, **fields}
        return Run.objects.create(**said).pk

    twice = {run(bee, drawn, seed=seed) for seed in (1, 2)}
    alone, hushed = run(ape, drawn), run(bee, drawn, visibility="private")
    with connection.cursor() as cursor:
        cursor.execute(ALIKE)
        assert {key for (key,) in cursor.fetchall()} == twice
        one = run(ape, greedy)
        cursor.execute(ALIKE)
        assert {key for (key,) in cursor.fetchall()} == {*twice, one}
        Run.objects.filter(pk=min(twice)).update(withdrawn_at=timezone.now())
        cursor.execute(ALIKE)
        assert {key for (key,) in cursor.fetchall()} == {one}
    assert not {alone, hushed} & twice
