import pytest

from evaluations.accounts.models import User
from evaluations.curation.models import Collection, Round
from evaluations.curation.rounds.actions import begin_round
from evaluations.curation.tests.cast import add, make
from evaluations.curation.views import output_keys
from evaluations.judgments.models import Block
from evaluations.judgments.tests.cast import make_block, make_criterion, make_user


@pytest.fixture
def block() -> Block:
    for key in ("one", "two"):
        make_criterion(key)
    return make_block("one", "two")


@pytest.fixture
def owner() -> User:
    return make_user("teacher")


@pytest.fixture
def collection(owner: User) -> Collection:
    found = make(owner)
    for _ in range(3):
        add(found)
    return found


@pytest.fixture
def lesson(collection: Collection, owner: User, block: Block) -> Round:
    return begin_round(
        collection=collection, actor=owner, outputs=output_keys(collection), block=block
    )
