"""How what people judged came to them, and what else their protocols could have served."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from django.db.models import BooleanField, Case, Q, Value, When

from evaluations.judgments.items.drawn import drawn_from, not_gold_of
from evaluations.leaderboards.matrix.answers import (
    UNKNOWN_WAY,
    Column,
    Flags,
    Integers,
    Selection,
)
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.runs.models import Output


class Behind:
    """How the outputs that people judged came to them: by which protocols, and if that is known.

    `output` and `protocol` are the pairs that occur, and `on_prompt` whether what was judged under
    the protocol was the output's prompt, shape (pairs,); `unknown` has shape (outputs,).
    """

    def __init__(
        self,
        matrix: Matrix,
        output: Integers,
        protocol: Integers,
        on_prompt: Integers,
        unknown: Flags,
    ) -> None:
        self.matrix, self.unknown = matrix, unknown
        self.output, self.protocol, self.on_prompt = output, protocol, on_prompt

    @classmethod
    def of(cls, columns: Iterable[Column], matrix: Matrix, selection: Selection) -> "Behind":
        """Those of the answers to these columns that a selection counts."""
        pairs = [np.empty((3, 0), np.int64)]
        unknown = np.zeros(matrix.size, np.bool_)
        for column in columns:
            about_output = matrix.on_outputs.get(column)
            if about_output is not None:
                rows = about_output.counted(selection)
                pairs.append(np.stack([rows.subject, rows.protocol, 0 * rows.protocol]))
                unknown[rows.subject[rows.way == UNKNOWN_WAY]] = True
            about_prompt = matrix.on_prompts.get(column)
            if about_prompt is not None:
                rows = about_prompt.counted(selection)
                unknown |= with_prompts(matrix, rows.subject[rows.way == UNKNOWN_WAY])
                for protocol in np.unique(rows.protocol).tolist():
                    about = with_prompts(matrix, rows.subject[rows.protocol == protocol])
                    places = np.flatnonzero(about)
                    pairs.append(
                        np.stack([places, np.full_like(places, protocol), np.ones_like(places)])
                    )
        output, protocol, on_prompt = np.unique(np.concatenate(pairs, axis=1), axis=1)
        return cls(matrix, output, protocol, on_prompt, unknown)

    def protocols_of(self, judged: Flags) -> list[tuple[int, int]]:
        """The protocols under which any of these outputs was judged, and if it was its prompt."""
        here = judged[self.output] & (self.protocol > 0)
        return sorted(set(zip(self.protocol[here].tolist(), self.on_prompt[here].tolist(),
                              strict=True)))  # fmt: skip

    def reachable(self, judged: Flags) -> Flags:
        """The outputs that every protocol under which these were judged could have served; where
        it was the prompt that was judged, those to prompts of which it could have served one."""
        here = np.ones(self.matrix.size, np.bool_)
        for protocol, on_prompt in self.protocols_of(judged):
            served = self.served[protocol]
            if on_prompt:
                served = with_prompts(self.matrix, self.matrix.prompt_index[served])
            here &= served
        return here

    def differ(self, judged: Flags) -> bool:
        """Whether the protocols of these outputs, or versions of one, select different outputs."""
        versions = [self.drawn[protocol] for protocol, _ in self.protocols_of(judged)]
        return len({one for each in versions for one in each}) > 1

    @cached_property
    def drawn(self) -> Mapping[int, Sequence[Q]]:
        return drawn_from(key for key in np.unique(self.protocol).tolist() if key > 0)

    @cached_property
    def served(self) -> Mapping[int, Flags]:
        """Of each protocol the outputs that all its versions could have served and that are no
        gold items of it; one query."""
        protocols = list(self.drawn)
        flags: dict[str, Case] = {}
        for protocol in protocols:
            condition = not_gold_of(protocol)
            for one in self.drawn[protocol]:
                condition &= one
            flags[f"from_{protocol}"] = Case(
                When(condition, then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
        rows = Output.objects.order_by().annotate(**flags).values_list("pk", *flags)
        table = np.array(list(rows), np.int64).reshape(-1, 1 + len(protocols))
        return {
            protocol: np.isin(self.matrix.output, table[table[:, place] > 0, 0])
            for place, protocol in enumerate(protocols, start=1)
        }


def with_prompts(matrix: Matrix, prompts: Integers) -> Flags:
    """The outputs to these prompts, which are places among the matrix's, shape (outputs,)."""
    asked = np.zeros(len(matrix.prompts), np.bool_)
    asked[prompts] = True
    return asked[matrix.prompt_index]
