"""A model's own way of sampling: shown, and copied into a recipe when somebody asks for it."""

from collections.abc import Mapping
from typing import Any

NAMES = {
    "temperature": "temperature",
    "temp": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repetition_penalty": "repetition_penalty",
    "penalty_repeat": "repetition_penalty",
}
"""Names in `generation_config.json` and in GGUF files, to the fields of a recipe."""


def copied(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a recipe that sample as the model's makers say; what they leave open is off.

    Where they say that nothing is drawn, the temperature is 0.
    """
    found = {
        NAMES[name]: value
        for name, value in defaults.items()
        if name in NAMES and isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not found and "do_sample" not in defaults:
        return {}
    off = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    if defaults.get("do_sample") is False:
        found["temperature"] = 0.0
    return off | found
