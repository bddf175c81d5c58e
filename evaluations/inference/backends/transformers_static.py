"""Decoding in few shapes, each of which CUDA records once as a graph and replays.

On a GPU a small model's step is many kernels so short that starting them takes longer than they
do. A graph starts them all at once, and needs every tensor in the same place and of the same shape
each time: blocks have a power of two of rows and of columns, the newest column is told by a tensor,
and the mask says which of all columns a row sees. The code is the same on a CPU, without graphs,
and slower there, since all columns are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from evaluations.inference.backends.transformers_cache import BatchCache, BlockLayer
from evaluations.inference.engine import ModelSpec, ModelUnavailable

_FEWEST_ROWS, _FEWEST_COLUMNS = 4, 128
_SLIDING = "sliding_attention", "chunked_attention"


def power_of_two(number: int, least: int) -> int:
    """The least power of two that is no less than both."""
    return max(least, 1 << max(number - 1, 0).bit_length())


def rows_fed(rows: int) -> int:
    return power_of_two(rows, _FEWEST_ROWS) if rows else 0


class _StaticLayer(BlockLayer):
    """`BatchCache` sets `newest`, which holds the number of the column to write."""

    newest: Tensor

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        keys, values = self.keys[: self.fed], self.values[: self.fed]
        keys.index_copy_(2, self.newest, key_states)
        values.index_copy_(2, self.newest, value_states)
        return keys, values

    def reshape_block(self, rows: int, columns: int, end: int) -> None:
        """As in any block, in the same place where the size stays; what nobody wrote is zero."""
        start = end - (self.end - self.first)
        for name in ("keys", "values"):
            old: Tensor = getattr(self, name)
            used = old[: self.rows, :, self.first : self.end].clone()
            size = (rows, old.shape[1], columns, old.shape[3])
            new = old.zero_() if old.shape == size else old.new_zeros(size)
            new[: self.rows, :, start:end] = used
            setattr(self, name, new)


class StaticCache(BatchCache):
    """Keys and values in a block of few sizes, of which all columns are read."""

    layer_class = _StaticLayer
    fed_for = staticmethod(rows_fed)

    def __init__(
        self, model_layers: Sequence[Any], bound: Callable[[int], int] | None = None
    ) -> None:
        super().__init__(model_layers, bound)
        self.newest = torch.zeros(1, dtype=torch.long, device=self.blocks[0].device)
        for block in self.blocks:
            block.newest = self.newest

    def needs(self, lengths: Sequence[int]) -> int:
        return super().needs([self._columns(max(lengths))] * len(lengths))

    def rows_for(self, rows: int) -> int:
        return rows_fed(rows)

    def _columns(self, width: int) -> int:
        return power_of_two(width + 1, _FEWEST_COLUMNS)

    def make_room(self) -> None:
        """Call before each forward pass; a block shrinks when it is full only."""
        for block in self.blocks:
            if block.end == block.keys.shape[2]:
                block.reshape_block(self.rows_for(self.rows), self._columns(self.width), self.width)
                block.end, block.first = self.width, 0

    def inputs(self, tokens: Sequence[int]) -> dict[str, Tensor]:
        """As of any block; the mask is of shape (rows fed, 1, 1, columns) and boolean."""
        inputs, block = super().inputs(tokens), self.blocks[0]
        self.newest.fill_(block.end)
        columns = torch.arange(block.keys.shape[2], device=block.device)[None]
        seen = (columns >= block.end - inputs["position_ids"]) & (columns <= block.end)
        return {**inputs, "attention_mask": seen[:, None, None]}


class StaticForward:
    """A model's forward pass on a `StaticCache`, as a graph on CUDA.

    Called as a model is. On CUDA the logits are overwritten by the next call.
    """

    def __init__(self, model: Any, *, records: bool) -> None:
        self.model, self.records = model, records
        self.recorded: dict[tuple[int, ...], tuple[Any, dict[str, Tensor], Any]] = {}
        self.block: Tensor | None = None

    def __call__(self, *, past_key_values: StaticCache, use_cache: bool, **inputs: Tensor) -> Any:
        if not self.records:
            return self.model(**inputs, past_key_values=past_key_values, use_cache=use_cache)
        keys = past_key_values.blocks[0].keys
        if keys is not self.block:
            # The graphs point into a block that is gone.
            self.recorded, self.block = {}, keys
        shape = tuple(inputs["attention_mask"].shape)
        if shape not in self.recorded:
            self.recorded[shape] = self._record(past_key_values, inputs)
        graph, places, logits = self.recorded[shape]
        for name, place in places.items():
            place.copy_(inputs[name])
        graph.replay()
        return SimpleNamespace(logits=logits)

    def _record(self, cache: StaticCache, inputs: dict[str, Tensor]) -> Any:
        places = {name: each.clone() for name, each in inputs.items()}

        def once() -> Tensor:
            logits: Tensor = self.model(**places, past_key_values=cache, use_cache=True).logits
            return logits

        # What runs once before it is recorded is set up; it writes the column that comes anyway.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            once()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = once()
        return graph, places, logits


def check_static(spec: ModelSpec, model: Any) -> None:
    """Refuse a model whose layers see less than all columns: one mask is for all of them.

    Raises ModelUnavailable.
    """
    config = model.config.get_text_config(decoder=True)
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True)
    if set(kinds or ()) & set(_SLIDING) or (kinds is None and window):
        raise ModelUnavailable(
            f"The model {spec.name!r} ({type(model).__name__}) does not see its whole text in "
            "every layer, and cannot run in static shapes: set INFERENCE_STATIC_SHAPES to 0."
        )
