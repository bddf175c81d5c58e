"""Rows of like length in left-padded blocks of their own, all fed by one forward pass.

In one block every row takes as much memory, and attention reads as much of it, as the longest
does: of rows that joined one after the other, a third of it is padding. Running rows grow by one
token a step, so that those of like length stay alike.

Layers give the keys and values of each block apart, which only an attention that knows of them can
read: `by_groups` is registered with the library for that, and does for each block what the ordinary
one does. Inputs and masks are those of one block as wide as the longest row; a narrower block sees
its last columns, which are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from evaluations.inference.backends.transformers_cache import BatchCache, inputs_of, rows_fed

ORDINARY, BY_GROUPS = "sdpa", "sdpa-by-groups"
_AHEAD = 16
_ALIKE = 16
"""Tokens by which the lengths of a block's rows may differ."""


class _Parts(list[Tensor]):
    """The keys or values of all rows, a tensor a block."""


def by_groups(
    module: Any,
    query: Tensor,
    key: Tensor | _Parts,
    value: Tensor | _Parts,
    attention_mask: Tensor | None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The library's attention for each block; rows that belong to none get zeros.

    `query` is of shape (rows, heads, 1, width), the mask None or of (rows, 1, 1, columns).
    """
    if not isinstance(key, _Parts):
        attended: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **kwargs
        )
        return attended
    parts, first = [], 0
    for keys, values in zip(key, value, strict=True):
        rows = slice(first, first + len(keys))
        mask = None if attention_mask is None else attention_mask[rows, ..., -keys.shape[2] :]
        parts.append(sdpa_attention_forward(module, query[rows], keys, values, mask, **kwargs)[0])
        first = rows.stop
    if first < len(query):
        parts.append(parts[0].new_zeros(len(query) - first, *parts[0].shape[1:]))
    return torch.cat(parts), None


ALL_ATTENTION_FUNCTIONS.register(BY_GROUPS, by_groups)
ALL_MASK_ATTENTION_FUNCTIONS.register(BY_GROUPS, sdpa_mask)


def _as_many(rows: int) -> int:
    return rows


class _Group(BatchCache):
    """A block without empty rows, and with no more rows than it holds."""

    fed_for = staticmethod(_as_many)

    def rows_for(self, rows: int) -> int:
        return rows

    def _columns(self, width: int) -> int:
        # Of small blocks also what was never written takes memory.
        return max(width + 1, min(width + _AHEAD, max(self.most, default=0)))

    def make_room(self) -> None:
        for block in self.blocks:
            if block.keys.shape[0] > block.rows:
                block.reshape_block(block.rows, self._columns(self.width), self.width)
                block.end, block.first = self.width, 0
        super().make_room()


def _slices(groups: list[_Group]) -> Iterator[tuple[_Group, slice]]:
    """The blocks with the rows that each holds."""
    first = 0
    for group in groups:
        yield group, slice(first, first + group.rows)
        first += group.rows


def _spread(group: _Group, length: int) -> int:
    """By how many tokens its rows would differ with one of this length among them."""
    return max(group.width, length) - min(*group.lengths, length)


def _widest(groups: list[_Group]) -> int:
    return max((group.width for group in groups), default=0)


# mypy follows no import of transformers, so its classes are Any.
class _GroupedLayer(DynamicLayer):  # type: ignore[misc]
    """Knows the blocks and not the cache: two that know each other outlive their last use."""

    def __init__(self, groups: list[_Group], number: int) -> None:
        super().__init__()
        self.is_initialized = True
        self.groups, self.number = groups, number

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[_Parts, _Parts]:
        keys, values = _Parts(), _Parts()
        for group, rows in _slices(self.groups):
            block = group.blocks[self.number]
            for parts, part in zip(
                (keys, values), block.update(key_states[rows], value_states[rows]), strict=True
            ):
                parts.append(part)
        return keys, values

    def get_seq_length(self) -> int:
        return _widest(self.groups)


class GroupedCache(Cache):  # type: ignore[misc]  # as above
    """Used as a `BatchCache` is. Rows are numbered 0 to `rows` - 1, block after block."""

    ahead = 16

    def __init__(
        self, model_layers: Sequence[Any], bound: Callable[[int], int] | None = None
    ) -> None:
        """`model_layers` as for `BatchCache`; what a `bound` is for never is set aside here."""
        self.groups: list[_Group] = []
        super().__init__(
            layers=[_GroupedLayer(self.groups, each) for each in range(len(model_layers))]
        )
        # What blocks are made like, without the prompt that was read.
        self.like = [
            SimpleNamespace(keys=x.keys[:, :, :0].clone(), values=x.values[:, :, :0].clone())
            for x in model_layers
        ]
        self.bytes_per_token: int = _Group(self.like).bytes_per_token
        self.device = model_layers[0].keys.device

    @property
    def lengths(self) -> list[int]:
        return [length for group in self.groups for length in group.lengths]

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self.groups)

    @property
    def width(self) -> int:
        return _widest(self.groups)

    def join(self, layers: Sequence[Any], most: int) -> int:
        """As `BatchCache.join`: the row stands behind those of its block."""
        length: int = layers[0].keys.shape[2]
        group = min(self.groups, key=lambda each: _spread(each, length), default=None)
        if group is None or _spread(group, length) > _ALIKE:
            group = _Group(self.like)
            self.groups.append(group)
        group.join(layers, most)
        row: int = next(rows.stop for each, rows in _slices(self.groups) if each is group) - 1
        return row

    def leave(self, row: int) -> int:
        """As `BatchCache.leave`: the last row of its block takes its number."""
        group, rows = next(each for each in _slices(self.groups) if row < each[1].stop)
        group.leave(row - rows.start)
        if not group.rows:
            self.groups.remove(group)
        last: int = rows.stop - 1
        return last

    def needs(self, lengths: Sequence[int]) -> int:
        """As `BatchCache.needs`, for rows that join from the longest on."""
        widths: list[int] = []
        for length in sorted(lengths, reverse=True):
            is_alike = bool(widths) and widths[-1] - length <= _ALIKE
            widths.append(widths[-1] if is_alike else length)
        return sum(widths) * self.bytes_per_token

    def make_room(self) -> None:
        for group in self.groups:
            group.make_room()

    def advance(self) -> None:
        for group in self.groups:
            group.advance()

    def inputs(self, tokens: Sequence[int]) -> dict[str, Tensor]:
        """As `BatchCache.inputs`, of one block as wide as the longest row."""
        return inputs_of(tokens, self.lengths, rows_fed(self.rows), self.device)
