"""Weights laid out anew: the same products, to the bit in any company, and no number lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from evaluations.inference.backends.transformers import TransformersEngine
from evaluations.inference.backends.transformers_loading import load_model
from evaluations.inference.backends.transformers_packed import PackedLinear, pack, small_table
from evaluations.inference.engine import ModelSpec
from evaluations.inference.tests.conftest import ask, run

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def always_the_same() -> None:
    torch.manual_seed(5)


@torch.inference_mode()
def test_a_row_has_the_same_bits_in_any_company() -> None:
    layer = nn.Linear(576, 192)
    packed = PackedLinear(layer)
    rows = torch.randn(200, 576)
    together = packed(rows)
    torch.testing.assert_close(together, layer(rows))
    for count in (1, 2, 3, 4, 7, 12, 28, 63, 65, 100, 128):
        assert torch.equal(packed(rows[:count]), together[:count]), count


@torch.inference_mode()
def test_shapes_are_those_of_the_ordinary_layer() -> None:
    layer = nn.Linear(24, 5, bias=False)
    packed = PackedLinear(layer)
    for shape in ((24,), (3, 24), (2, 7, 24), (2, 70, 24)):
        rows = torch.randn(shape)
        torch.testing.assert_close(packed(rows), layer(rows))


def as_halves() -> torch.Tensor:
    return torch.randn(50, 24).bfloat16().float()


def as_levels() -> torch.Tensor:
    """As GGUF's Q8_0: 32 whole numbers and a scale in float16, a block of zeros among them."""
    scales = torch.rand(50, 2, 1).half().float()
    levels = torch.randint(-126, 127, (50, 2, 32)).float()
    levels[:, :, 0] = 127
    levels[7, 1] = 0
    return (scales * levels).view(50, 64)


@pytest.mark.parametrize(
    ("made", "at_most"), [(as_halves, 0.5), (as_levels, 0.3)], ids=["halves", "levels"]
)
def test_a_table_is_made_smaller_without_a_bit_lost(
    made: Callable[[], torch.Tensor], at_most: float
) -> None:
    weight = made()
    table = nn.Embedding.from_pretrained(weight)
    small = small_table(table)
    assert small is not table
    ids = torch.randint(0, 50, (3, 9))
    assert torch.equal(small(ids), table(ids))
    held = sum(
        each.numel() * each.element_size()
        for each in vars(small).values()
        if isinstance(each, torch.Tensor)
    )
    assert held <= at_most * weight.numel() * weight.element_size()


def test_a_table_that_would_lose_something_stays() -> None:
    for table in (
        nn.Embedding(50, 64),
        nn.Embedding(50, 24),
        nn.Embedding.from_pretrained(as_halves(), max_norm=1.0),
    ):
        assert small_table(table) is table


class Doubled(nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(input)


class Model(nn.Module):
    """Like a model of the library in what `pack` asks of it."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.inner = nn.Embedding(20, 8), nn.Sequential(nn.Linear(8, 8), Doubled(8, 8))
        self.head = nn.Linear(8, 20, bias=False)
        self.head.weight = self.table.weight

    def get_input_embeddings(self) -> Any:
        return self.table

    def set_input_embeddings(self, table: Any) -> None:
        self.table = table

    def get_output_embeddings(self) -> Any:
        return self.head

    def set_output_embeddings(self, head: Any) -> None:
        self.head = head

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        written: torch.Tensor = self.head(self.inner(self.table(ids)))
        return written


def test_only_ordinary_layers_are_packed() -> None:
    model = Model()
    with torch.no_grad():
        model.table.weight.copy_(model.table.weight.bfloat16().float())
    ids = torch.arange(12)[None]
    before = model(ids)
    assert pack(model, CPU, torch.float32)
    assert [type(each).__name__ for each in (model.head, *model.inner)] == [
        "PackedLinear",
        "PackedLinear",
        "Doubled",
    ]
    assert type(model.table) is not nn.Embedding, "its weights would be there twice"
    torch.testing.assert_close(model(ids), before)


def test_a_table_that_stays_keeps_the_head_that_shares_it() -> None:
    model = Model()
    head, table = model.head, model.table
    assert pack(model, CPU, torch.float32)
    assert (model.head, model.table) == (head, table), "packed, its weights would be there twice"
    assert isinstance(model.inner[0], PackedLinear)


@pytest.mark.parametrize(
    ("device", "dtype"), [("cuda", torch.float32), ("cpu", torch.bfloat16)], ids=str
)
def test_elsewhere_nothing_is_changed(device: str, dtype: torch.dtype) -> None:
    model = Model()
    layer = model.inner[0]
    assert not pack(model, torch.device(device), dtype)
    assert model.inner[0] is layer


def test_without_the_library_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    model = Model()
    assert not pack(model, CPU, torch.float32)
    assert isinstance(model.head, nn.Linear)


def test_replies_are_those_of_the_library_s_own_layers(tiny_llama: Path) -> None:
    written = {}
    for packs in (False, True):
        loaded = load_model(
            ModelSpec(name="tiny", path=str(tiny_llama)),
            device=CPU,
            dtype=torch.float32,
            packs=packs,
        )
        assert bool(loaded.environment.get("packed")) is packs
        engine = TransformersEngine(loaded, capacity=5)
        requests = [ask(str(n), "hm" * n, seed=n, max_new_tokens=20) for n in range(1, 9)]
        written[packs] = {id: each.text for id, each in run(engine, requests).items()}
    assert written[True] == written[False]
    assert any(written[True].values())
