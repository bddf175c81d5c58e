"""Few shapes give the same replies as any; what CUDA records is recorded once a shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_static import StaticForward, power_of_two
from evaluations.inference.engine import ModelUnavailable
from evaluations.inference.tests.conftest import ask, run
from evaluations.inference.tests.test_transformers_engine import (
    generated,
    greedy,
    sampled,
    texts,
)

Load = Callable[..., TransformersEngine]


@pytest.fixture(autouse=True)
def unwritten_is_no_number() -> Iterator[None]:
    """What torch sets aside and nobody wrote holds NaN, as freed memory may."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def static(load: Load) -> Load:
    return lambda *args, **options: load(*args, static_shapes=True, **options)


def test_greedy_rows_match_plain_generate(static: Load) -> None:
    engine = static(capacity=5)
    requests = greedy(16)
    assert texts(engine, requests) == {x.id: generated(engine, x) for x in requests}


def test_rows_that_come_and_go_write_what_they_write_alone(static: Load, load: Load) -> None:
    requests = sampled(20)
    together = texts(static(capacity=7), requests)
    assert together == texts(load(capacity=7), requests)
    assert all(texts(static(), [each]) == {each.id: together[each.id]} for each in requests[:6])


def test_a_long_reply_outgrows_its_columns(static: Load, load: Load) -> None:
    requests = [ask(str(n), "hm" * n, seed=n, temperature=0.9, max_new_tokens=150) for n in (1, 40)]
    assert texts(static(), requests) == texts(load(), requests)


def test_rows_that_outgrow_their_room_wait_again(static: Load, load: Load) -> None:
    requests = [
        ask(str(n), "hm" * n, seed=n, temperature=0.9, max_new_tokens=120) for n in range(1, 9)
    ]
    probe = static()
    probe.submit(requests[0])
    probe.step()
    assert probe._cache is not None
    engine = static(cache_bytes=8 * 128 * probe._cache.bytes_per_token, capacity=8)
    most = 0
    for each in requests:
        engine.submit(each)
    written = {}
    while engine.active:
        written |= {result.id: result.text for result in engine.step()}
        if engine._cache is not None:
            keys = engine._cache.blocks[0].keys
            most = max(most, keys.shape[0] * keys.shape[2])
    assert written == texts(load(), requests)
    assert most <= 8 * 128, "the block itself stays within its bound"


def test_blocks_have_few_sizes(static: Load) -> None:
    engine, sizes = static(capacity=9), set()
    for each in greedy(24):
        engine.submit(each)
    while engine.active:
        engine.step()
        if engine._cache is not None:
            block = engine._cache.blocks[0]
            sizes.add((block.fed, block.keys.shape[2]))
    assert sizes <= {(rows, columns) for rows in (4, 8, 16) for columns in (128, 256)}
    assert len(sizes) > 1


@pytest.mark.parametrize(("number", "power"), [(0, 4), (1, 4), (4, 4), (5, 8), (8, 8), (9, 16)])
def test_powers_of_two(number: int, power: int) -> None:
    assert power_of_two(number, 4) == power


def test_a_model_whose_layers_see_less_is_refused(static: Load, tiny_mistral: Path) -> None:
    with pytest.raises(ModelUnavailable, match="INFERENCE_STATIC_SHAPES"):
        static(tiny_mistral)


class FakeGraph:
    """In the place of a CUDA graph: computes again from the tensors that it was recorded with."""

    def __init__(self, once: Callable[[], torch.Tensor]) -> None:
        self.once, self.logits = once, once()

    def replay(self) -> None:
        self.logits.copy_(self.once())


def test_each_shape_is_recorded_once_and_replayed_from_the_same_places(
    static: Load, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[tuple[int, ...]] = []

    def record(forward: StaticForward, cache: Any, inputs: dict[str, torch.Tensor]) -> Any:
        places = {name: each.clone() for name, each in inputs.items()}
        recorded.append(tuple(places["attention_mask"].shape))
        graph = FakeGraph(
            lambda: forward.model(**places, past_key_values=cache, use_cache=True).logits
        )
        return graph, places, graph.logits

    monkeypatch.setattr(StaticForward, "_record", record)
    requests = sampled(12)
    engine = static(capacity=4)
    engine._forward.records = True
    assert texts(engine, requests) == texts(load(capacity=4), requests)
    assert engine.loaded is not None
    steps = engine.progress
    assert 0 < len(recorded) <= 4, "once a block and shape"
    assert steps > 50
    assert run(engine, [ask("again", "x")])["again"].text
