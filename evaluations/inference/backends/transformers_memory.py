"""Whether a model's weights have room on a device, known before they are read."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, BinaryIO

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from evaluations.inference import memory
from evaluations.inference.engine import ModelPaused, ModelSpec, ModelUnavailable

PAUSE_SECONDS = 300.0
"""How long a model rests for which there is no room at the moment."""
_LEAST_TO_WORK_IN = 256_000_000

# Of the format GGUF, version 3: types of values, by the bytes of one; strings and arrays apart.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def check_room(
    spec: ModelSpec, weights: int | None, *, device: torch.device, dtype: torch.dtype
) -> None:
    """Refuse a model of so many weights where memory is short; None: they are not known.

    Weights are read into the machine's memory first, also where they go to a GPU. Raises
    ModelUnavailable where the device is too small, ModelPaused where others fill it.
    """
    if weights is None:
        return
    held = weights * dtype.itemsize
    to_work_in = max(_LEAST_TO_WORK_IN, held // 4)
    kind = str(dtype).removeprefix("torch.")
    needs = (
        f"The model {spec.name!r} needs about {memory.in_words(held + to_work_in)} of memory: "
        f"{memory.in_words(held)} of weights in {kind} and {memory.in_words(to_work_in)} to work in"
    )
    for place, free, total in _places(device):
        if free is None or held + to_work_in <= free:
            continue
        if total is not None and held + to_work_in > total:
            raise ModelUnavailable(f"{needs}. {place} has {memory.in_words(total)} in all.")
        raise ModelPaused(f"{needs}. {place} has {memory.in_words(free)} free.", PAUSE_SECONDS)


def _places(device: torch.device) -> list[tuple[str, int | None, int | None]]:
    """Names of what must have room, with the bytes free and in all."""
    places = [("This machine", memory.free_memory(), memory.total_memory())]
    if device.type == "cuda":
        places.append((f"The device {device}", *torch.cuda.mem_get_info(device)))
    return places


def weights_of(location: str, gguf: Path | None, arguments: dict[str, Any]) -> int | None:
    """How many numbers a model holds, shared ones once; None where nothing tells it.

    Reads no weights: of a GGUF file the list of its contents, else the model's configuration.
    """
    try:
        if gguf is not None:
            with gguf.open("rb") as file:
                return _weights_in_gguf(file)
        config = AutoConfig.from_pretrained(location, **arguments)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
        return int(sum(each.numel() for each in model.parameters()))
    except Exception:
        # Whatever is wrong with it, loading says so in better words.
        return None


def _weights_in_gguf(file: BinaryIO) -> int:
    magic, _, tensors, values = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF":
        raise ValueError("not a GGUF file")
    for _ in range(values):
        _skip_string(file)
        _skip_value(file, _number(file, "<I"))
    weights = 0
    for _ in range(tensors):
        _skip_string(file)
        dimensions = _number(file, "<I")
        weights += math.prod(_number(file, "<Q") for _ in range(dimensions))
        file.seek(12, 1)  # its type and where it lies
    return weights


def _skip_value(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _skip_string(file)
    elif kind == _ARRAY:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        if inner in _SIZES:
            file.seek(count * _SIZES[inner], 1)
        else:
            for _ in range(count):
                _skip_value(file, inner)
    else:
        file.seek(_SIZES[kind], 1)


def _skip_string(file: BinaryIO) -> None:
    file.seek(_number(file, "<Q"), 1)


def _number(file: BinaryIO, form: str) -> int:
    (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(number)
