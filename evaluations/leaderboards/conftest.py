"""A small site that was judged, for tests that do not make their own."""

import pytest

from evaluations.accounts.models import User
from evaluations.definitions.models import DefinitionVersion
from evaluations.judgments.models import Judge
from evaluations.judgments.tests.cast import make_user
from evaluations.leaderboards.tests import small_site
from evaluations.runs.models import Output


@pytest.fixture
def version() -> DefinitionVersion:
    return small_site.make_version()


@pytest.fixture
def actor() -> User:
    return make_user("researcher")


@pytest.fixture
def people() -> list[Judge]:
    """Three people who judged twelve outputs of two models, each with another answer or two."""
    return small_site.make_people()


@pytest.fixture
def outputs(version: DefinitionVersion, people: list[Judge]) -> list[Output]:
    return small_site.make_outputs(people)
