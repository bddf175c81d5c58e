"""A small site that was judged; a file that only looks at it, or takes it apart, makes it once.

The fixtures of the stage make it for each test. Those of this file, which a test file imports by
their names, make it for all tests of the file: each gets a copy of what stands in memory, and what
it changes in the database is taken back.
"""

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import DjangoDbBlocker

from evaluations.accounts.models import User
from evaluations.common.tests.kept import kept
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


def make_version() -> DefinitionVersion:
    make_criterion("one")
    make_criterion("two", process=True)
    make_criterion("known", level="prompt")
    make_criterion("other")
    return make_definition("taylor", {"all": ["one", {"any": ["two", "known"]}]})


def make_people() -> list[Judge]:
    """Three people."""
    return [make_judge(user=make_user(f"person-{number}")) for number in range(3)]


def make_outputs(people: list[Judge]) -> list[Output]:
    """Twelve outputs of two models, judged by all people, and one that failed."""
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


@dataclass
class SmallSite:
    version: DefinitionVersion
    actor: User
    people: list[Judge]
    outputs: list[Output]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SmallSite]:
    with kept(django_db_blocker):
        version, actor, people = make_version(), make_user("researcher"), make_people()
        yield SmallSite(version, actor, people, make_outputs(people))


@pytest.fixture
def small_site(made: SmallSite) -> SmallSite:
    return copy.deepcopy(made)


@pytest.fixture
def version(small_site: SmallSite) -> DefinitionVersion:
    return small_site.version


@pytest.fixture
def actor(small_site: SmallSite) -> User:
    return small_site.actor


@pytest.fixture
def people(small_site: SmallSite) -> list[Judge]:
    return small_site.people


@pytest.fixture
def outputs(small_site: SmallSite) -> list[Output]:
    return small_site.outputs
