"""Shares by people, sharpened by model judges: which rows may be, what they come to, and why not.

Never the default, and never where it does not hold: what people judged must be a random part of
the outputs from which the model's answers are taken (decision 26, decision 41).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluations.judgments.items.drawn import drawn_from
from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Reading,
    Ruled,
    met_under,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import UNKNOWN_WAY, Answers, Flags, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.judges import (
    LEAST_BOTH,
    LEAST_CLUSTERS,
    Sharpened,
    prediction_powered_mean,
)
from evaluations.runs.models import Output

NOT_ASKED = "people answered the rule on none of its outputs"
CHOSEN = (
    "this board counts outputs that their judges chose, which are no random part of a row: count "
    "only what was served"
)
APART = (
    "this board counts what is set apart, such as gold items, which were picked: leave it out to "
    "sharpen a row"
)
DIRECT = "model judges answer criteria and do not classify by the wording"
UNKNOWN = (
    "it is not known of some of its judgments whether the site served the output, so they may be "
    "no random part"
)
NO_MORE = "model judges judged none of its outputs beyond those that people did"

COLUMNS = (
    "sharpened_share",
    "sharpened_low",
    "sharpened_high",
    "judged_by_models",
    "judged_by_both",
    "sharpened_weight",
    "effective_n",
    "not_sharpened",
)
"""What a board's files say more of each row where it is sharpened."""


@dataclass(frozen=True)
class SharpenedRow:
    """A row's share as sharpened, or `why` there is none."""

    found: Sharpened | None
    why: str = ""


@dataclass(frozen=True)
class Sharpening:
    """A board's rows in the order of its groups, and the outputs whose answers by model judges
    were taken in, shape (outputs,)."""

    rows: Sequence[SharpenedRow]
    outputs: Flags


def by_models(question: Question) -> Question:
    """The same question about what model judges answered at any time, under any protocol: they
    are asked outside of the queue."""
    selection = replace(
        question.selection, judges="models", protocol=None, since=None, until=None, also_judge=None
    )
    return replace(question, selection=selection, sharpened=False)


def sharpening(version: Ruled, matrix: Matrix, question: Question, groups: Groups) -> Sharpening:
    """Each row of a board sharpened, where that is valid.

    Makes two queries where people judged under a protocol, to know what it draws from.
    """
    used = np.zeros(matrix.size, np.bool_)
    alone = replace(question, sharpened=False)
    people = rule_on_outputs(version, matrix, alone)
    models = rule_on_outputs(version, matrix, by_models(question))
    reading = reading_of(version)
    behind = Behind.of(reading, matrix, alone)
    whole = why_none(question)
    rows = []
    for number in range(len(groups.model)):
        here = np.zeros(matrix.size, np.bool_)
        here[groups.places[groups.number == number]] = True
        judged = here & people.asked
        why = NOT_ASKED if not judged.any() else whole or behind.why_not(judged)
        if why:
            rows.append(SharpenedRow(None, why))
            continue
        said = here & models.asked & behind.reachable(judged)
        why = too_few(judged, said, matrix)
        if why:
            rows.append(SharpenedRow(None, why))
            continue
        either = judged | said
        found = prediction_powered_mean(
            np.where(judged, met_under(reading, people.verdicts), np.nan)[either],
            np.where(said, met_under(reading, models.verdicts), np.nan)[either],
            clusters_of(matrix)[either],
        )
        used |= said
        rows.append(SharpenedRow(found))
    return Sharpening(rows, used)


def clusters_of(matrix: Matrix) -> Integers:
    """What outputs are alike within, as a board's intervals have it: family, else prompt."""
    return np.where(matrix.family > 0, matrix.family, -matrix.prompt)


def why_none(question: Question) -> str:
    """Why no row of a board can be sharpened, by what its address asks; empty where rows can."""
    if question.road == "direct":
        return DIRECT
    if question.selection.chosen:
        return CHOSEN
    return APART if question.selection.apart else ""


def too_few(judged: Flags, said: Flags, matrix: Matrix) -> str:
    """Why the outputs that both judged do not carry a correction; empty where they do."""
    both = judged & said
    count = int(both.sum())
    if count < LEAST_BOTH:
        verb = "has a verdict" if count == 1 else "have verdicts"
        return (
            f"{count} of its outputs {verb} by people and by model judges, and it takes "
            f"{LEAST_BOTH}"
        )
    prompts = len(np.unique(clusters_of(matrix)[both]))
    if prompts < LEAST_CLUSTERS:
        return (
            f"the outputs that both judged answer {prompts} prompt{'s' if prompts != 1 else ''}, "
            f"and it takes {LEAST_CLUSTERS}; prompts of one family count once"
        )
    return NO_MORE if not (said & ~both).any() else ""


class Behind:
    """How the outputs that people judged came to them: by which protocols, and if that is known.

    `output` and `protocol` are the pairs that occur, shape (pairs,); `unknown` has shape
    (outputs,).
    """

    def __init__(self, matrix: Matrix, output: Integers, protocol: Integers, unknown: Flags):
        self.matrix, self.unknown = matrix, unknown
        self.output, self.protocol = output, protocol
        self.kept: dict[tuple[int, ...], Flags] = {}

    @classmethod
    def of(cls, reading: Reading, matrix: Matrix, question: Question) -> "Behind":
        outputs, protocols = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        unknown = np.zeros(matrix.size, np.bool_)
        for column in reading.columns.values():
            about_output: Answers | None = matrix.on_outputs.get(column)
            if about_output is not None:
                rows = about_output.counted(question.selection)
                outputs.append(rows.subject)
                protocols.append(rows.protocol)
                unknown[rows.subject[rows.way == UNKNOWN_WAY]] = True
            about_prompt = matrix.on_prompts.get(column)
            if about_prompt is not None:
                rows = about_prompt.counted(question.selection)
                prompts = np.zeros(len(matrix.prompts), np.bool_)
                prompts[rows.subject[rows.way == UNKNOWN_WAY]] = True
                unknown |= prompts[matrix.prompt_index]
        pairs = np.unique(np.stack([np.concatenate(outputs), np.concatenate(protocols)]), axis=1)
        return cls(matrix, pairs[0], pairs[1], unknown)

    def why_not(self, judged: Flags) -> str:
        return UNKNOWN if (self.unknown & judged).any() else ""

    def reachable(self, judged: Flags) -> Flags:
        """The outputs that every protocol under which these were judged could have served."""
        named = np.unique(self.protocol[judged[self.output]])
        protocols = tuple(named[named > 0].tolist())
        if protocols not in self.kept:
            here = np.ones(self.matrix.size, np.bool_)
            condition = drawn_from(protocols) if protocols else None
            if condition:
                keys = Output.objects.filter(condition).values_list("pk", flat=True)
                here = np.isin(self.matrix.output, np.fromiter(keys, np.int64))
            self.kept[protocols] = here
        return self.kept[protocols]


def as_fields(row: SharpenedRow) -> Mapping[str, Any]:
    """A sharpened row as fields of a board's record; shares are 0 to 1, unknown is None."""
    found = row.found
    return {
        "sharpened_share": found and found.interval.estimate,
        "sharpened_low": found and found.interval.low,
        "sharpened_high": found and found.interval.high,
        "judged_by_models": found and found.model,
        "judged_by_both": found and found.both,
        "sharpened_weight": found and found.weight,
        "effective_n": found and found.effective,
        "not_sharpened": row.why,
    }
