"""Loading the shipped blocks again after a criterion was split."""

import pytest

from evaluations.definitions.loading import load_criteria
from evaluations.judgments.models import Block, BlockCriterion
from evaluations.judgments.protocols.loading import load_blocks
from evaluations.judgments.tests.protocol_cast import make_protocol

pytestmark = pytest.mark.django_db

SLUG = "how-it-proceeds"


@pytest.fixture
def old_block() -> Block:
    """The block as an earlier version shipped it: with the question that was split since."""
    load_criteria()
    load_blocks()
    block = Block.objects.get(slug=SLUG)
    asked = BlockCriterion.objects.filter(block=block)
    asked.filter(criterion__key="checks-itself").delete()
    split = block.criteria.model.objects.get(key="revises-itself")
    asked.filter(criterion__key="corrects-itself").update(criterion=split)
    return block


def keys_of(block: Block) -> set[str]:
    return set(block.criteria.values_list("key", flat=True))


def test_a_block_that_asks_a_retired_question_is_read_again(old_block: Block) -> None:
    assert "revises-itself" in keys_of(old_block)
    assert load_blocks() == 0
    assert {"checks-itself", "corrects-itself"} < keys_of(old_block)
    assert "revises-itself" not in keys_of(old_block)
    assert Block.objects.get(pk=old_block.pk).blockcriterion_set.count() == 8


def test_a_block_that_a_protocol_uses_asks_what_it_asked(old_block: Block) -> None:
    make_protocol(blocks=(old_block,))
    assert load_blocks() == 0
    assert "revises-itself" in keys_of(old_block)
