"""A matrix with what is not public, for one board that names it and a viewer who may read it.

The matrix that requests share never holds what is not public, so that no figure of everybody can
come from it. A board that names such a run or protocol gets a matrix of its own, read from the
database for it, and kept under exactly what its viewer may read.
"""

from dataclasses import dataclass, replace

import numpy as np

from evaluations.judgments.answers.in_rounds import said_in_round
from evaluations.judgments.querysets import GUARDED_OUTPUTS
from evaluations.leaderboards.matrix.blocks import Blocks, Forms
from evaluations.leaderboards.matrix.fill import (
    ALL_FORMS,
    ANSWERS,
    OUTPUT_COLUMNS,
    Stored,
    among,
    output_table,
    outputs_that,
    questions_of,
    read_answers,
    read_forms,
    read_table,
)

IN_ROUND = "FROM judgments_answer a WHERE NOT a.is_holistic AND a.id IN ({})"


@dataclass(frozen=True)
class Beyond:
    """What a board shows beyond what is public.

    `run` or `protocol` is what it is narrowed to and that is not public; `runs` and `protocols`
    are the keys of all that are not public, belong to that, and that the viewer may read.
    `in_round`: the protocol is that of a round, of which counts what was answered until it ended.
    """

    run: int | None = None
    protocol: int | None = None
    in_round: bool = False
    runs: tuple[int, ...] = ()
    protocols: tuple[int, ...] = ()


def keys_in(keys: tuple[int, ...]) -> str:
    return f"ANY('{{{','.join(map(str, keys))}}}'::bigint[])"


def forms_within(beyond: Beyond) -> str:
    """SQL condition of the judgments that count on such a board."""
    if beyond.protocol is not None:
        return f" AND w.protocol_id = {int(beyond.protocol)}"
    written = f"SELECT o.id FROM runs_output o WHERE o.run_id = {int(beyond.run or 0)}"
    asked = f"SELECT o.prompt_id FROM runs_output o WHERE o.run_id = {int(beyond.run or 0)}"
    return f"""
        AND (m.output_id IN ({written}) OR m.prompt_id IN ({asked}))
        AND (w.protocol_id IS NULL OR w.protocol_id = {keys_in(beyond.protocols)} OR EXISTS (
            SELECT FROM judgments_protocol p
            WHERE p.id = w.protocol_id AND p.visibility = 'public'))
        AND (m.prompt_id IS NULL OR NOT EXISTS (
            SELECT FROM judgments_judgment beside
            WHERE beside.judge_id = m.judge_id AND beside.form_token = m.form_token
                AND beside.output_id IN ({GUARDED_OUTPUTS})
                AND beside.output_id NOT IN ({written})))"""


def stored_beyond(stored: Stored, beyond: Beyond) -> Stored:
    """What such a board rests on: the outputs of everybody and its own, its own judgments alone."""
    source = outputs_that(f"r.visibility <> 'public' AND r.id = {keys_in(beyond.runs)}")
    outputs = output_table(read_table(OUTPUT_COLUMNS, source))
    forms: Forms = read_forms(source=ALL_FORMS + forms_within(beyond))
    said = IN_ROUND.format(said_in_round(str(int(beyond.protocol or 0))))
    source = said if beyond.in_round else ANSWERS
    given, versions = read_answers(among("a.judgment_id", forms.judgment), source)
    blocks, _ = Blocks().including(forms, given, questions_of(versions, stored.wordings))
    return replace(
        stored,
        outputs=stored.outputs.replacing(np.empty(0, np.int64), outputs),
        blocks=blocks,
    )
