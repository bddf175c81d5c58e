"""Weights laid out for a few rows at a time, on a CPU in float32.

A step of the decode loop multiplies every weight by a few rows. The ordinary matrix product is
made for many: at 8 to 24 rows it takes up to twice as long as reading the weights would. oneDNN,
which torch brings along, takes weights laid out in its own blocks once and for all, and then sums
each row in the same order whatever stands beside it: the same bits in any company (decision 63).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

# Code is generated and kept for each number of rows, about half a megabyte a shape of weights.
# What is written comes in fours already, and prompts in any length: up to so many rows, a multiple
# of so many.
_MULTIPLES = ((1, 1), (32, 4), (64, 16))
_MANY = 64
_LAID_OUT_FOR = 8
_BLOCK, _LEVELS = 32, 127
_PART = 4096


def pack(model: Any, device: torch.device, dtype: torch.dtype) -> bool:
    """Lay a model's linear layers out anew, in place; says whether it was done.

    Elsewhere than on a CPU in float32, or without oneDNN, nothing is changed. Subclasses of the
    ordinary layers do more than multiply, and stay as they are.
    """
    if device.type != "cpu" or dtype != torch.float32 or not torch.backends.mkldnn.is_available():
        return False
    table = model.get_input_embeddings()
    with torch.inference_mode():
        # A list of the layers themselves would keep what each had before.
        for module in [each for each in model.modules() if type(each) is not nn.Linear]:
            for name, layer in list(module.named_children()):
                if type(layer) is nn.Linear and layer.weight is not table.weight:
                    setattr(module, name, PackedLinear(layer))
        head = model.get_output_embeddings()
        if type(head) is nn.Linear and head.weight is table.weight:
            # Both use the same weights, which would be there twice.
            small = small_table(table) if type(table) is nn.Embedding else table
            if small is not table:
                model.set_input_embeddings(small)
                model.set_output_embeddings(PackedLinear(head))
    return True


class PackedLinear(nn.Module):  # type: ignore[misc]  # torch is Any to mypy
    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), _LAID_OUT_FOR)
        self.bias = layer.bias

    def forward(self, states: Tensor) -> Tensor:
        rows = states.reshape(-1, self.in_features)
        count = len(rows)
        multiple = next((each for most, each in _MULTIPLES if count <= most), _MANY)
        if count % multiple:
            rows = nn.functional.pad(rows, (0, 0, 0, -count % multiple))
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self.packed, self.bias, "none", [], ""
        )
        return product[:count].reshape(*states.shape[:-1], self.out_features)


class _Halves(nn.Module):  # type: ignore[misc]  # as above
    """A table whose numbers are all of half the width, as most that are published."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.numbers = weight.to(torch.bfloat16)

    def forward(self, ids: Tensor) -> Tensor:
        return self.numbers[ids].float()


class _Levels(nn.Module):  # type: ignore[misc]  # as above
    """A table of whole numbers with a scale for every 32, as GGUF's Q8_0 has it."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        tokens, width = weight.shape
        self.scales = weight.new_empty((tokens, width // _BLOCK, 1))
        self.numbers = torch.empty((tokens, width // _BLOCK, _BLOCK), dtype=torch.int8)
        for part in _parts(weight):
            blocks = weight[part].view(-1, width // _BLOCK, _BLOCK)
            self.scales[part] = blocks.abs().amax(dim=-1, keepdim=True) / _LEVELS
            self.numbers[part] = (
                (blocks / self.scales[part].clamp_min(1e-30)).round_().to(torch.int8)
            )

    def forward(self, ids: Tensor) -> Tensor:
        return (self.numbers[ids] * self.scales[ids]).flatten(-2)


def _parts(table: Tensor) -> list[slice]:
    return [slice(first, first + _PART) for first in range(0, len(table), _PART)]


def small_table(table: nn.Embedding) -> nn.Module:
    """The same table in less memory where not a bit is lost, else itself.

    `table.weight` has the shape (tokens, width).
    """
    weight = table.weight.detach()
    if table.max_norm is not None:
        return table
    candidates: list[type[_Halves | _Levels]] = [_Halves]
    if weight.shape[1] % _BLOCK == 0:
        candidates.append(_Levels)
    for candidate in candidates:
        made = candidate(weight)
        if all(torch.equal(made(part), weight[part]) for part in _parts(weight)):
            return made
    return table
