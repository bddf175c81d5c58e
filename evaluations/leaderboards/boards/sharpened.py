"""Shares by people, each sharpened by one model judge: which rows may be, what they come to, and
why not.

Never the default, and never where it does not hold: what people judged must be a random part of
the outputs from which the model's answers are taken, and the model must be the same on all of them
(decision 26, decision 41).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import BooleanField, Case, Q, Value, When

from evaluations.judgments.items.drawn import drawn_from, not_gold_of
from evaluations.judgments.models import Judge
from evaluations.leaderboards.boards.model_judges import ModelJudge, model_judges
from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Reading,
    Ruled,
    met_under,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import UNKNOWN_WAY, Flags, Integers
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
NO_MORE = "no model judge judged any of its outputs beyond those that people did"
MIXED = (
    "its model judge was asked about some of its outputs by another version of the prompt, by "
    "another recipe or by another number of samples, as if it were several"
)
DIFFERENT = (
    "people judged its outputs under protocols, or versions of one, that select different outputs, "
    "and a model judge judged too few of those that all of them select"
)
BEYOND = (
    "a model judge judged too few of those outputs that the protocols, under which people judged, "
    "could have served"
)

COLUMNS = (
    "sharpened_share",
    "sharpened_low",
    "sharpened_high",
    "sharpened_by",
    "judged_by_models",
    "judged_by_both",
    "sharpened_weight",
    "effective_n",
    "not_sharpened",
)
"""What a board's files say more of each row where it is sharpened."""


@dataclass(frozen=True)
class SharpenedRow:
    """A row's share as sharpened, or `why` there is none.

    `judge` is the model judge that sharpened it, `called` so, and `taken` are the places of the
    outputs whose answers by it were taken in.
    """

    found: Sharpened | None
    why: str = ""
    judge: int = 0
    called: str = ""
    taken: Integers = field(default_factory=lambda: np.empty(0, np.int64), compare=False)


Refusals = Mapping[tuple[int, int], str]
"""Why rows of a frozen board were not sharpened, by keys of model and recipe; "" of the others."""


def by_models(question: Question) -> Question:
    """The same question about what model judges answered at any time, under any protocol: they
    are asked outside of the queue."""
    selection = replace(
        question.selection, judges="models", protocol=None, since=None, until=None, also_judge=None
    )
    return replace(question, selection=selection, sharpened=False)


def sharpening(
    version: Ruled,
    matrix: Matrix,
    question: Question,
    groups: Groups,
    frozen: Refusals | None = None,
) -> Sequence[SharpenedRow]:
    """Each row of a board sharpened, where that is valid; kept with the matrix.

    Makes at most seven queries: what protocols draw from, how model judges were asked, and what
    they are called.

    Args:
        frozen: of a board that is made again from its rows: whether a row is sharpened was decided
            when it was frozen.
    """
    reading = reading_of(version)
    if frozen is not None or not reading.kept or question.selection.also_judge is not None:
        return called(sharpened_rows(reading, matrix, question, groups, frozen))
    key = ("sharpened", reading.version, question, groups.rows)
    return called(
        matrix.rulings.once(key, lambda: sharpened_rows(reading, matrix, question, groups))
    )


def called(rows: Sequence[SharpenedRow]) -> Sequence[SharpenedRow]:
    """The rows with what their model judges are called today."""
    keys = {row.judge for row in rows if row.judge}
    judges = Judge.objects.select_related("language_model", "judge_prompt").in_bulk(keys)
    return [replace(row, called=judges[row.judge].called) if row.judge in judges else row
            for row in rows]  # fmt: skip


def sharpened_rows(
    reading: Reading,
    matrix: Matrix,
    question: Question,
    groups: Groups,
    frozen: Refusals | None = None,
) -> Sequence[SharpenedRow]:
    alone = replace(question, sharpened=False)
    people = rule_on_outputs(reading, matrix, alone)
    whole = why_none(question)
    judges = [] if whole else model_judges(
        reading, matrix, by_models(question), asked=frozen is None
    )  # fmt: skip
    behind = Behind.of(reading, matrix, alone)
    clusters = clusters_of(matrix)
    rows = []
    for number, key in enumerate(zip(groups.model, groups.recipe, strict=True)):
        here = np.zeros(matrix.size, np.bool_)
        here[groups.places[groups.number == number]] = True
        judged = here & people.asked
        if not judged.any():
            why = NOT_ASKED
        elif frozen is not None:
            why = frozen.get(key, "")
        else:
            why = whole or behind.why_not(judged)
        if why:
            rows.append(SharpenedRow(None, why))
            continue
        reach = here & behind.reachable(judged) if frozen is None else here
        judge, why = chosen_judge(judges, judged, here, reach, matrix, clusters)
        if judge is None:
            rows.append(SharpenedRow(None, behind.why_beyond(judged) if why == BEYOND else why))
            continue
        said = reach & judge.ruling.asked
        either = judged | said
        found = prediction_powered_mean(
            np.where(judged, met_under(reading, people.verdicts), np.nan)[either],
            np.where(said, met_under(reading, judge.ruling.verdicts), np.nan)[either],
            clusters[either],
        )
        rows.append(SharpenedRow(found, judge=judge.key, taken=np.flatnonzero(said)))
    return rows


def order_of(judge: ModelJudge, judged: Flags, reach: Flags) -> tuple[int, int, int]:
    """Which model judge sharpens a row: the one that judged most of what people did, then most of
    all, then the first. What it said does not count, or the best of several would be believed."""
    said = judge.ruling.asked & reach
    return int((said & judged).sum()), int(said.sum()), -judge.key


def chosen_judge(
    judges: Iterable[ModelJudge],
    judged: Flags,
    here: Flags,
    reach: Flags,
    matrix: Matrix,
    clusters: Integers,
) -> tuple[ModelJudge | None, str]:
    """The first judge by `order_of` that may sharpen a row; none, with why the first may not."""
    first = ""
    for judge in sorted(judges, key=lambda one: order_of(one, judged, reach), reverse=True):
        said = judge.ruling.asked & reach
        why = too_few(judged, said, clusters)
        if why and not too_few(judged, judge.ruling.asked & here, clusters):
            why = BEYOND
        if not why and judge.imported:
            why = left_out(int((reach & matrix.written & ~said).sum()))
        if not why and judge.is_mixed(said):
            why = MIXED
        if not why:
            return judge, ""
        first = first or why
    nobody = np.zeros(matrix.size, np.bool_)
    return None, first or too_few(judged, nobody, clusters)


def left_out(count: int) -> str:
    """Why an imported judge may not sharpen a row of which it says nothing on so many outputs."""
    if not count:
        return ""
    return (
        "its model judge was asked elsewhere, nobody here knows by what it was given its outputs, "
        f"and it says nothing of {count} that could have been served"
    )


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


def too_few(judged: Flags, said: Flags, clusters: Integers) -> str:
    """Why the outputs that both judged do not carry a correction; empty where they do."""
    both = judged & said
    count = int(both.sum())
    if count < LEAST_BOTH:
        verb = "has a verdict" if count == 1 else "have verdicts"
        return (
            f"{count} of its outputs {verb} by people and by one model judge, and it takes "
            f"{LEAST_BOTH}"
        )
    prompts = len(np.unique(clusters[both]))
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

    @classmethod
    def of(cls, reading: Reading, matrix: Matrix, question: Question) -> "Behind":
        outputs, protocols = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        unknown = np.zeros(matrix.size, np.bool_)
        for column in reading.columns.values():
            about_output = matrix.on_outputs.get(column)
            if about_output is not None:
                rows = about_output.counted(question.selection)
                outputs.append(rows.subject)
                protocols.append(rows.protocol)
                unknown[rows.subject[rows.way == UNKNOWN_WAY]] = True
            about_prompt = matrix.on_prompts.get(column)
            if about_prompt is not None:
                rows = about_prompt.counted(question.selection)
                unknown |= with_prompts(matrix, rows.subject[rows.way == UNKNOWN_WAY])
                for protocol in np.unique(rows.protocol).tolist():
                    about = with_prompts(matrix, rows.subject[rows.protocol == protocol])
                    outputs.append(np.flatnonzero(about))
                    protocols.append(np.full(int(about.sum()), protocol))
        pairs = np.unique(np.stack([np.concatenate(outputs), np.concatenate(protocols)]), axis=1)
        return cls(matrix, pairs[0], pairs[1], unknown)

    def why_not(self, judged: Flags) -> str:
        return UNKNOWN if (self.unknown & judged).any() else ""

    def protocols_of(self, judged: Flags) -> list[int]:
        """The protocols under which any of these outputs was judged."""
        named: list[int] = np.unique(self.protocol[judged[self.output]]).tolist()
        return [protocol for protocol in named if protocol > 0]

    def reachable(self, judged: Flags) -> Flags:
        """The outputs that every protocol under which these were judged could have served."""
        here = np.ones(self.matrix.size, np.bool_)
        for protocol in self.protocols_of(judged):
            here &= self.served[protocol]
        return here

    def why_beyond(self, judged: Flags) -> str:
        """Why what could have been served leaves too few."""
        versions = [self.drawn[protocol] for protocol in self.protocols_of(judged)]
        return DIFFERENT if len({one for each in versions for one in each}) > 1 else BEYOND

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


def as_fields(row: SharpenedRow) -> Mapping[str, Any]:
    """A sharpened row as fields of a board's record; shares are 0 to 1, unknown is None."""
    found = row.found
    return {
        "sharpened_share": found and found.interval.estimate,
        "sharpened_low": found and found.interval.low,
        "sharpened_high": found and found.interval.high,
        "sharpened_by": row.called,
        "judged_by_models": found and found.model,
        "judged_by_both": found and found.both,
        "sharpened_weight": found and found.weight,
        "effective_n": found and found.effective,
        "not_sharpened": row.why,
    }
