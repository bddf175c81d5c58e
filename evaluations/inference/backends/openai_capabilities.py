"""What a model at an endpoint takes; loads no client, so that web processes may ask it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a probe found a model to take; one that was not probed is taken to be OpenAI's."""

    token_field: str = "max_completion_tokens"  # noqa: S105
    stream_options: bool = True
    seed: bool = True
    temperature: bool = True

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Capabilities:
        """By the record of a probe, which may hold more."""
        token_field = record.get("token_field")
        return cls(
            token_field="max_tokens" if token_field == "max_tokens" else cls.token_field,  # noqa: S105
            stream_options=record.get("stream_options") is not False,
            seed=record.get("seed") != "refused",
            temperature=record.get("temperature") is not False,
        )

    def refusal(self, *, temperature: float, top_p: float) -> str:
        """Why it cannot be asked in this way; empty where it can."""
        if self.temperature or (temperature, top_p) == (1, 1):
            return ""
        return (
            "The model takes no temperature and no top-p but its own: choose a recipe in which "
            "both are 1."
        )
