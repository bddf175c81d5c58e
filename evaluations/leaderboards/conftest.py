"""A small site that was judged, for tests that do not make their own."""

import random

import pytest

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import (
    give,
    make_criterion,
    make_definition,
    make_judge,
    make_model,
    make_output,
    make_prompt,
    make_recipe,
    make_run,
    make_user,
)
from evaluations.runs.models import Output

KEYS = ("one", "two", "other")


@pytest.fixture
def version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two", process=True)
    make_criterion("known", level="prompt")
    make_criterion("other")
    return make_definition("taylor", {"all": ["one", {"any": ["two", "known"]}]})


@pytest.fixture
def actor() -> User:
    return make_user("researcher")


@pytest.fixture
def people() -> list[Judge]:
    """Three people who judged twelve outputs of two models, each with another answer or two."""
    return [make_judge(user=make_user(f"person-{number}")) for number in range(3)]


@pytest.fixture
def outputs(version: DefinitionVersion, people: list[Judge]) -> list[Output]:
    dice = random.Random(7)
    prompts = [make_prompt() for _ in range(3)]
    runs = [
        make_run(make_model(name), make_recipe(way))
        for name, way in (("babbler", "plainly"), ("prattler", "slowly"))
    ]
    written = [
        make_output(run=run, prompt=prompt, grade=dice.choice([0.0, 0.5, 1.0]), tokens_out=7)
        for run in runs
        for prompt in prompts
        for _ in range(2)
    ]
    written.append(make_output(run=runs[0], state="failed"))
    for output in written[:-1]:
        for judge in people:
            values = {key: dice.choice(["yes", "no", "partly", "cannot-tell"]) for key in KEYS}
            give(judge, output, values)
    return written
