"""What a model at an endpoint takes; loads no client, so that web processes may ask it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.inference.abilities import Abilities
from evaluations.inference.backends.openai_ways import CONTINUED, SHOWN_BY
from evaluations.inference.ways import EFFORTS, SUMMARIES


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a probe found a model to take; one that was not probed is taken to be OpenAI's.

    `prefill` is how a reply goes on from given words, a key of `CONTINUED`; empty where it does
    not. `thinks_apart`: its thought comes in a field of its own, where no words can be given.
    `logprobs`: it says how likely each token was. `efforts` and `summaries` of a thought are those
    that it takes. `template`: it takes arguments of its chat template.
    """

    token_field: str = "max_completion_tokens"  # noqa: S105
    stream_options: bool = True
    seed: bool = True
    temperature: bool = True
    prefill: str = ""
    stop: bool = False
    narrows: bool = False
    thinks_apart: bool = False
    logprobs: bool = False
    efforts: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    template: bool = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Capabilities:
        """By the record of a probe, which may hold more; by an earlier way of showing, less."""
        token_field, prefill = record.get("token_field"), record.get("prefill")
        is_shown = record.get("shown_by") == SHOWN_BY
        return cls(
            token_field="max_tokens" if token_field == "max_tokens" else cls.token_field,  # noqa: S105
            stream_options=record.get("stream_options") is not False,
            seed=record.get("seed") != "refused",
            temperature=record.get("temperature") is not False,
            prefill=prefill
            if is_shown and isinstance(prefill, str) and prefill in CONTINUED
            else "",
            stop=is_shown and record.get("stop") is True,
            narrows=is_shown and record.get("top_k") is True and record.get("min_p") is True,
            thinks_apart=bool(record.get("thought")),
            logprobs=record.get("logprobs") is True,
            efforts=_known(record.get("efforts"), EFFORTS),
            summaries=_known(record.get("summaries"), SUMMARIES),
            template=record.get("template") is True,
        )

    def abilities(self, dialect: str = "chat") -> Abilities:
        """By the names of all engines. Words within a thought are words like others where it
        comes between tags in the reply."""
        if dialect == "responses":
            return Abilities(can_set_effort=bool(self.efforts), can_summarize=bool(self.summaries))
        goes_on = bool(self.prefill)
        return Abilities(
            can_prefill=goes_on and not self.thinks_apart,
            can_edit_trace=goes_on and not self.thinks_apart,
            can_logprobs=self.logprobs,
            can_narrow=self.narrows,
            can_stop=self.stop,
            can_set_template=self.template,
            can_set_effort=bool(self.efforts),
        )

    def refusal(
        self, *, temperature: float, top_p: float, effort: str = "", summary: str = ""
    ) -> str:
        """Why it cannot be asked in this way; empty where it can."""
        if not self.temperature and (temperature, top_p) != (1, 1):
            return (
                "The model takes no temperature and no top-p but its own: choose a recipe in which "
                "both are 1."
            )
        return _untaken("effort", effort, self.efforts) or _untaken(
            "summary", summary, self.summaries
        )


def _known(told: object, values: Sequence[str]) -> tuple[str, ...]:
    """Those of the values that a record names."""
    return tuple(value for value in values if isinstance(told, list) and value in told)


def _untaken(name: str, asked: str, taken: Sequence[str]) -> str:
    if not asked or asked in taken:
        return ""
    said = ", ".join(f"“{value}”" for value in taken)
    return f"The model does not take the {name} “{asked}”; its probe showed {said or 'none'}."
