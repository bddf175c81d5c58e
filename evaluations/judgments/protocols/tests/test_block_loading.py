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


def as_shipped_before(*, left_out: str = "deductive-form") -> Block:
    """The block of inferences as it was before one of its questions came."""
    load_criteria()
    load_blocks()
    block = Block.objects.get(slug="kinds-of-inference")
    BlockCriterion.objects.filter(block=block, criterion__key=left_out).delete()
    Block.objects.filter(pk=block.pk).update(
        description="Seven questions about alternatives, the three classical kinds of inference, "
        "and where they lead."
    )
    return block


def test_a_block_as_it_was_shipped_gets_the_question_that_came_since() -> None:
    block = as_shipped_before()
    assert "deductive-form" not in keys_of(block)
    assert load_blocks() == 0
    asked = block.blockcriterion_set.order_by("position").values_list("criterion__key", flat=True)
    assert list(asked)[2:5] == ["induction", "deductive-form", "deduction"]
    assert Block.objects.get(pk=block.pk).description.startswith("Eight questions")
    assert load_blocks() == 0


@pytest.mark.parametrize("change", ["other questions", "used", "own words"])
def test_what_was_changed_on_the_site_stays(change: str) -> None:
    block = as_shipped_before(
        left_out="abduction" if change == "other questions" else "deductive-form"
    )
    if change == "used":
        make_protocol(blocks=(block,))
    if change == "own words":
        Block.objects.filter(pk=block.pk).update(description="Ours.")
    before = keys_of(block)
    load_blocks()
    if change == "own words":
        assert "deductive-form" in keys_of(block)
        assert Block.objects.get(pk=block.pk).description == "Ours."
    else:
        assert keys_of(block) == before
