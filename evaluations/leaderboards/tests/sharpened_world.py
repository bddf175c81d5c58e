"""Outputs of which people judged some and a model judge all, for boards that it sharpens."""

import random

import pytest

from evaluations.judgments.answers.actions import Served
from evaluations.judgments.models import Judge, Way
from evaluations.judgments.tests.cast import SERVED, give, make_judge, make_output, make_prompt
from evaluations.leaderboards.boards import sharpened
from evaluations.measures import judges as measures
from evaluations.runs.models import Output, Run


def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four outputs that both judged carry a correction, so that worlds may be small."""
    for module in (sharpened, measures):
        monkeypatch.setattr(module, "LEAST_BOTH", 4)
        monkeypatch.setattr(module, "LEAST_CLUSTERS", 4)


def row_of(
    run: Run,
    *,
    outputs: int = 80,
    by_people: int = 36,
    by_model: int | None = None,
    prompts: int | None = None,
    person: Judge | None = None,
    model: Judge | None = None,
    way: str = Way.SERVED,
    right: float = 0.9,
    seed: int = 1,
) -> list[Output]:
    """Outputs of a run, half of them met by criterion "one"; the model judge says so *right* often.

    Args:
        by_people, by_model: how many of them each judged; people the first, the model the last.
        prompts: how many prompts they answer; one each if nothing is said.
    """
    chance = random.Random(seed)
    person, model = person or make_judge(), model or make_judge("model")
    asked = [make_prompt() for _ in range(prompts or outputs)]
    made = [make_output(run=run, prompt=asked[n % len(asked)]) for n in range(outputs)]
    truth = [chance.random() < 0.5 for _ in made]
    for output, met in list(zip(made, truth, strict=True))[:by_people]:
        give(person, output, {"one": "yes" if met else "no"}, served=Served(way=way))
    for output, met in list(zip(made, truth, strict=True))[-(by_model or outputs) :]:
        said = met if chance.random() < right else not met
        give(model, output, {"one": "yes" if said else "no"}, served=SERVED)
    return made
