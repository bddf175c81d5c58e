"""Rows of like length in blocks of their own: what each reads, and what they take together."""

from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Callable

import pytest
import torch

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_cache import BatchCache, rows_fed
from evaluations.inference.backends.transformers_groups import GroupedCache, _Parts, by_groups
from evaluations.inference.tests.conftest import ask, run
from evaluations.inference.tests.test_transformers_cache import Layer

Load = Callable[..., TransformersEngine]


def fed(cache: GroupedCache, marks: list[float]) -> list[list[float]]:
    """Feed each row its mark; the keys that each then reads, padding left out."""
    cache.make_room()
    new = torch.zeros(rows_fed(cache.rows), 2, 1, 4)
    new[: cache.rows] = torch.tensor(marks)[:, None, None, None]
    keys, values = cache.layers[0].update(new, -new)
    assert all(torch.equal(value, -key) for key, value in zip(keys, values, strict=True))
    cache.advance()
    lengths = iter(cache.lengths)
    return [row[0, -next(lengths) :, 0].tolist() for block in keys for row in block]


def test_rows_keep_what_is_theirs_as_they_come_and_go() -> None:
    chance = random.Random(7)
    cache, rows = GroupedCache([Layer(3)]), list[list[float]]()
    for turn in range(300):
        if len(rows) < 2 or (len(rows) < 12 and chance.random() < 0.2):
            length = chance.randint(1, 90)
            row = cache.join([Layer(length)], 400)
            rows.insert(row, [float(place) for place in range(1, length + 1)])
        elif chance.random() < 0.2:
            row = chance.randrange(len(rows))
            moved = cache.leave(row)
            rows[row] = rows[moved]
            del rows[moved]
        marks = [float(1000 * turn + place) for place in range(len(rows))]
        for kept, mark in zip(rows, marks, strict=True):
            kept.append(mark)
        assert fed(cache, marks) == rows
        held = sum(each.keys.nbytes for group in cache.groups for each in group.blocks)
        ahead = cache.rows * 17 * cache.bytes_per_token
        assert held <= cache.needs(cache.lengths) + ahead, "with the columns that are set aside"
    assert cache.groups


def test_alike_rows_share_a_block_and_others_do_not() -> None:
    cache = GroupedCache([Layer(3)])
    for length in (10, 20, 60, 70, 12):
        cache.join([Layer(length)], 400)
    assert [group.lengths for group in cache.groups] == [[10, 20, 12], [60, 70]]
    assert cache.lengths == [10, 20, 12, 60, 70]
    token = cache.bytes_per_token
    assert cache.needs([10, 20, 60, 70, 12]) == (3 * 20 + 2 * 70) * token
    assert BatchCache([Layer(3)]).needs([10, 20, 60, 70, 12]) == 8 * 70 * token


def test_rows_that_come_ever_longer_do_not_chain_into_one_block() -> None:
    cache = GroupedCache([Layer(3)])
    for length in range(10, 190, 16):
        cache.join([Layer(length)], 400)
    for group in cache.groups:
        assert max(group.lengths) - min(group.lengths) <= 16
    held = sum(group.rows * group.width for group in cache.groups) * cache.bytes_per_token
    assert held <= 1.2 * cache.needs(cache.lengths)


def test_what_is_no_longer_used_is_freed_at_once() -> None:
    """Without waiting for Python's search for cycles; of the first prompt only shapes stay."""
    gc.disable()
    try:
        first = Layer(50)
        cache = GroupedCache([first])
        cache.join([first], 400)
        fed(cache, [1.0])
        prompt, block = weakref.ref(first), weakref.ref(cache.groups[0].blocks[0].keys)
        del first
        assert prompt() is None
        assert block() is not None
        del cache
        assert block() is None
    finally:
        gc.enable()


def test_attention_by_groups_is_that_of_one_block() -> None:
    torch.manual_seed(1)
    lengths = [5, 4, 30, 29, 28]
    width = max(lengths)
    query = torch.randn(len(lengths), 6, 1, 8)
    key, value = torch.randn(2, len(lengths), 2, width, 8)
    seen = torch.arange(width) >= width - torch.tensor(lengths)[:, None]
    mask = seen[:, None, None]
    module = torch.nn.Module()
    module.num_key_value_groups = 3
    whole, _ = by_groups(module, query, key, value, mask, scaling=0.3)
    parts = [slice(0, 2), slice(2, 5)]
    keys, values = (
        _Parts(each[rows, :, -max(lengths[rows]) :] for rows in parts) for each in (key, value)
    )
    empty = torch.cat([query, query[:3]]), torch.cat([mask, mask[:3]])
    apart, _ = by_groups(module, empty[0], keys, values, empty[1], scaling=0.3)
    assert torch.allclose(apart[: len(lengths)], whole, atol=1e-6)
    assert not apart[len(lengths) :].any()


@pytest.mark.parametrize("model", ["tiny_llama", "tiny_mistral"])
def test_rows_of_all_lengths_write_what_they_write_alone(
    load: Load, model: str, request: pytest.FixtureRequest
) -> None:
    engine = load(request.getfixturevalue(model), capacity=9)
    asked = [
        ask(str(n), "How many? " * (1 + 3 * (n % 5)), seed=n, max_new_tokens=5 + 7 * n)
        for n in range(12)
    ]
    for each in asked:
        engine.submit(each)
    results, most = {}, 0
    while engine.active:
        results |= {result.id: result.text for result in engine.step()}
        most = max(most, len(engine._cache.groups) if engine._cache else 0)
    assert most > 2
    for each in asked:
        assert run(engine, [each])[each.id].text == results[each.id]
