"""The keys and values of all running rows, in one left-padded block that rows join and leave.

Every row's newest token sits in the same column, so one forward pass writes one column for all
rows, and a row that holds n tokens occupies the n columns before it. Space is set aside in
advance: appending a token by concatenation, as the library's own cache does, copies the whole
block at every token. A forward pass takes rows in fours, the last of them empty where need be: of
each number of rows, kernels keep code of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

# Both are paid for in memory. Growing copies the block, so its columns double as far as they are
# needed; on a CPU what was never written of a block takes no memory.
_SPARE_COLUMNS = 16
_ROWS_TOGETHER = 4


def rows_fed(rows: int) -> int:
    """How many rows a forward pass takes for so many."""
    return rows if rows < 2 else -(-rows // _ROWS_TOGETHER) * _ROWS_TOGETHER


# mypy follows no import of transformers, so its classes are Any.
class BlockLayer(DynamicLayer):  # type: ignore[misc]
    """One layer's share of the block. `BatchCache` sets `rows`, `fed`, `first`, `end` for all."""

    def __init__(self, heads: int, key_width: int, value_width: int, like: Tensor) -> None:
        super().__init__()
        self.dtype, self.device = like.dtype, like.device
        self.is_initialized = True
        self.rows = self.fed = self.first = self.end = 0
        self.keys = like.new_zeros((0, heads, 0, key_width))
        self.values = like.new_zeros((0, heads, 0, value_width))

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        seen = slice(self.first, self.end + 1)
        self.keys[: self.fed, :, self.end : self.end + 1] = key_states
        self.values[: self.fed, :, self.end : self.end + 1] = value_states
        return self.keys[: self.fed, :, seen], self.values[: self.fed, :, seen]

    def get_seq_length(self) -> int:
        return self.end - self.first

    def reshape_block(self, rows: int, columns: int, end: int) -> None:
        """Move the columns in use into a new block of this size, so that they end at `end`."""
        start = end - (self.end - self.first)
        for name in ("keys", "values"):
            old: Tensor = getattr(self, name)
            # What a row reads was written before: `join` fills what is masked, here all is copied.
            # An empty row may come to read what nobody wrote; its logits are cut off.
            new = old.new_empty((rows, old.shape[1], columns, old.shape[3]))
            new[: self.rows, :, start:end] = old[: self.rows, :, self.first : self.end]
            new[self.rows :, :, start:end] = 0
            setattr(self, name, new)


class BatchCache(Cache):  # type: ignore[misc]  # as above
    """Keys and values of the running rows. Rows are numbered 0 to `rows` - 1."""

    layer_class = BlockLayer
    fed_for = staticmethod(rows_fed)
    ahead = 96
    """Tokens for which all rows have room when one joins, so that none waits again at once."""

    def __init__(
        self, model_layers: Sequence[Any], bound: Callable[[int], int] | None = None
    ) -> None:
        """`model_layers` are those of any filled cache of this model: they give the shapes.

        `bound` says how many bytes a number of rows may take: no more is set aside ahead.
        """
        self.bound = bound
        self.blocks = [
            self.layer_class(x.keys.shape[1], x.keys.shape[3], x.values.shape[3], x.keys)
            for x in model_layers
        ]
        super().__init__(layers=list(self.blocks))
        self.lengths: list[int] = []
        self.most: list[int] = []
        """How many tokens each row will hold at most."""
        self.bytes_per_token = sum(
            (x.keys.shape[1] * (x.keys.shape[3] + x.values.shape[3])) * x.keys.element_size()
            for x in model_layers
        )

    @property
    def rows(self) -> int:
        return len(self.lengths)

    @property
    def width(self) -> int:
        return max(self.lengths, default=0)

    def join(self, layers: Sequence[Any], most: int) -> int:
        """Append one row holding `layers`, each with keys of shape (1, heads, tokens, width).

        It will hold at most so many tokens. Returns its number.
        """
        self.most.append(most)
        length = layers[0].keys.shape[2]
        row, width = self.rows, max(self.width, length)
        for block, layer in zip(self.blocks, layers, strict=True):
            if row == block.keys.shape[0] or block.end < width:
                rows = max(block.keys.shape[0], self.rows_for(row + 1))
                block.reshape_block(rows, self._columns(width), width)
                block.end, block.first = width, width - self.width
            first, start = block.end - width, block.end - length
            # A masked column still takes part as 0 x value, and what is there may be NaN.
            for store, part in ((block.keys, layer.keys), (block.values, layer.values)):
                store[:, :, first : block.first] = 0
                store[row, :, first:start] = 0
                store[row, :, start : block.end] = part[0]
            block.first, block.rows = first, row + 1
        self.lengths.append(length)
        self._set_fed()
        return row

    def leave(self, row: int) -> int:
        """Drop a row; the last row takes its number. Returns the number that this had."""
        last = self.rows - 1
        for kept in (self.lengths, self.most):
            kept[row] = kept[last]
            kept.pop()
        for block in self.blocks:
            used = slice(block.first, block.end)
            if row != last:
                block.keys[row, :, used] = block.keys[last, :, used]
                block.values[row, :, used] = block.values[last, :, used]
            block.rows, block.first = last, block.end - self.width
        self._set_fed()
        return last

    def _set_fed(self) -> None:
        for block in self.blocks:
            block.fed = self.fed_for(self.rows)

    def needs(self, lengths: Sequence[int]) -> int:
        """Bytes that rows of so many tokens take together."""
        needed: int = self.fed_for(len(lengths)) * max(lengths) * self.bytes_per_token
        return needed

    def rows_for(self, rows: int) -> int:
        """How many rows a block is made with that has to hold so many."""
        return -(-rows // _ROWS_TOGETHER) * _ROWS_TOGETHER

    def _columns(self, width: int) -> int:
        """How wide a block is made that has to hold so many columns and one more."""
        ahead = min(width + max(width, _SPARE_COLUMNS), max(self.most, default=0))
        if self.bound is not None:
            rows = max(self.rows_for(self.rows), 1)
            ahead = min(ahead, self.bound(self.rows) // (rows * self.bytes_per_token))
        return max(width + 1, ahead)

    def make_room(self) -> None:
        """Call before each forward pass: the next column must exist.

        What rows that left had is freed, once it is half as much as what the others have.
        """
        rows = self.rows_for(self.rows)
        for block in self.blocks:
            if block.end == block.keys.shape[2] or block.first * 2 > self.width:
                block.reshape_block(rows, self._columns(self.width), self.width)
                block.end, block.first = self.width, 0

    def advance(self) -> None:
        """Call after each forward pass, which added one token to every row."""
        for block in self.blocks:
            block.end += 1
        self.lengths = [length + 1 for length in self.lengths]

    def inputs(self, tokens: Sequence[int]) -> dict[str, Tensor]:
        """What a model is called with to read the newest token of every row."""
        device = self.blocks[0].keys.device
        return inputs_of(tokens, self.lengths, self.fed_for(self.rows), device)


def inputs_of(
    tokens: Sequence[int], lengths: Sequence[int], fed: int, device: torch.device
) -> dict[str, Tensor]:
    """What a model is called with to read one token behind so many of each row.

    All are int64 of shape (rows fed, 1), the mask of shape (rows fed, longest + 1). An empty row
    reads token 0, and sees nothing but that.
    """
    empty = [0] * (fed - len(lengths))
    before = torch.tensor([*lengths, *empty], device=device)[:, None]
    width = max(lengths, default=0)
    columns = torch.arange(width + 1, device=device)[None]
    return {
        "input_ids": torch.tensor([*tokens, *empty], device=device)[:, None],
        "attention_mask": (columns >= width - before).long(),
        "position_ids": before,
    }
