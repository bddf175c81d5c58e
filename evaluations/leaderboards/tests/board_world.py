"""A small world of outputs and judgments, the same for the same seed."""

import random
from collections.abc import Sequence

from evaluations.judgments.tests.cast import (
    give,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
)
from evaluations.prompts.models import Family
from evaluations.runs.models import Output


def world(seed: int, tokens: Sequence[int | None] = (None,)) -> list[Output]:
    """Two models, two recipes, twelve prompts, five judges who often agree; some are graded.

    The outputs' tokens are drawn from those given.
    """
    chance = random.Random(seed)
    family = Family.objects.create(slug="family")
    prompts = [make_prompt(family=family if n < 3 else None) for n in range(12)]
    judges = [make_judge() for _ in range(5)]
    recipes = [make_recipe("plain"), make_recipe("steps")]
    outputs = []
    for model, lean in ((make_model("ape"), 0.9), (make_model("bee"), 0.2)):
        for recipe in recipes:
            run = make_run(model, recipe)
            for prompt in prompts:
                grade = chance.choice([None, 0.0, 0.5, 1.0])
                long = chance.choice(tokens)
                output = make_output(run=run, prompt=prompt, grade=grade, tokens_out=long)
                outputs.append(output)
                truth = chance.random() < lean
                for judge in chance.sample(judges, chance.choice([0, 1, 2, 3, 3])):
                    right = "yes" if truth else "no"
                    values = ("partly", "cannot-tell", "no", "yes")
                    give(
                        judge,
                        output,
                        {
                            key: right if chance.random() < 0.8 else chance.choice(values)
                            for key in ("one", "two")
                        },
                    )
    return outputs
