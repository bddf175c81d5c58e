"""The block of keys and values: how often it is copied, and that nothing unwritten is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_cache import BatchCache, rows_fed
from evaluations.inference.tests.conftest import ask, run

Load = Callable[..., TransformersEngine]
PROMPT, MOST = 10, 300


class Layer:
    """One layer of a prompt that was read: 2 heads of width 4, each number that of its place."""

    def __init__(self, tokens: int) -> None:
        self.keys = torch.arange(1.0, tokens + 1)[None, None, :, None].expand(1, 2, tokens, 4)
        self.values = -self.keys


@pytest.fixture
def unwritten_is_no_number() -> Iterator[None]:
    """What torch sets aside and nobody wrote holds NaN, as freed memory may."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


def decode(cache: BatchCache, steps: int) -> Iterator[tuple[Any, Any]]:
    """Keys and values as attention reads them at each step."""
    for _ in range(steps):
        cache.make_room()
        new = torch.full((rows_fed(cache.rows), 2, 1, 4), float(cache.width + 1))
        yield cache.blocks[0].update(new, -new)
        cache.advance()


def test_a_long_reply_copies_its_block_a_few_times(unwritten_is_no_number: None) -> None:
    cache, copied = BatchCache([Layer(PROMPT)]), 0
    cache.join([Layer(PROMPT)], MOST)
    cache.join([Layer(PROMPT - 4)], MOST)
    block = cache.blocks[0].keys
    for keys, values in decode(cache, MOST - PROMPT):
        copied += cache.blocks[0].keys is not block
        block = cache.blocks[0].keys
        assert block.shape[2] <= MOST
        width = cache.width + 1
        assert keys[0, 0, :, 0].tolist() == list(range(1, width + 1))
        assert torch.isfinite(keys).all()
        assert torch.equal(values, -keys)
    assert keys[1, 0, :4, 0].tolist() == [0.0] * 4, "before its first token"
    assert copied <= 4


def test_no_more_is_set_aside_than_the_bound(unwritten_is_no_number: None) -> None:
    a_token = BatchCache([Layer(PROMPT)]).bytes_per_token
    cache = BatchCache([Layer(PROMPT)], lambda rows: 4 * 60 * a_token)
    for _ in range(2):
        cache.join([Layer(PROMPT)], MOST)
    for _ in decode(cache, 56 - PROMPT):
        keys = cache.blocks[0].keys
        assert keys.shape[0] * keys.shape[2] <= 4 * 60
    assert cache.blocks[0].keys.shape[2] == 60, "it would have doubled"


def test_a_row_that_left_reserves_nothing_for_those_that_stay() -> None:
    cache, short = BatchCache([Layer(PROMPT)]), 40
    cache.join([Layer(PROMPT)], MOST)
    cache.join([Layer(PROMPT)], short)
    cache.leave(0)
    for _ in decode(cache, short - PROMPT):
        pass
    cache.join([Layer(PROMPT)], short)
    assert cache.most == [short, short]
    cache.make_room()
    assert cache.blocks[0].keys.shape[2] <= short + 1


def test_rows_that_come_and_go_read_nothing_unwritten(
    load: Load, unwritten_is_no_number: None
) -> None:
    asked = [
        ask(str(n), "How many? " * (1 + n % 5), seed=n, max_new_tokens=8 + 9 * (n % 4))
        for n in range(14)
    ]
    together = run(load(capacity=5), asked)
    for each in asked:
        assert run(load(), [each])[each.id].text == together[each.id].text
