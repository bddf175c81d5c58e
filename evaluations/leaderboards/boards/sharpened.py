"""Shares by people, each sharpened by one model judge: which rows may be, what they come to, and
why not.

Never the default, and never where it does not hold: what people judged must be a random part of
the outputs from which the model's answers are taken, and the model must be the same on all of them
(decision 26, decision 41).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evaluations.judgments.models import Judge
from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Reading,
    Ruled,
    Ruling,
    met_under,
    reading_of,
    rule_on_outputs,
    ruling_anywhere,
)
from evaluations.leaderboards.matrix.answers import Flags, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.leaderboards.matrix.one_judge import alone, manners_of
from evaluations.leaderboards.matrix.served import Behind
from evaluations.measures.judges import (
    LEAST_BOTH,
    LEAST_CLUSTERS,
    Sharpened,
    prediction_powered_mean,
)

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
class ModelJudge:
    """One model judge's ruling on each output.

    `manner` numbers how it was asked about each output, shape (outputs,): by which version of the
    prompt, by which recipe and how often. None where it was asked in one manner throughout.
    """

    key: int
    ruling: Ruling
    imported: bool = False
    manner: Integers | None = None

    def is_mixed(self, said: Flags) -> bool:
        """Whether what it said of these outputs was asked in several manners."""
        return self.manner is not None and len(np.unique(self.manner[said])) > 1


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
    plain = replace(question, sharpened=False)
    people = rule_on_outputs(reading, matrix, plain)
    whole = why_none(question)
    judges = [] if whole else model_judges(
        reading, matrix, by_models(question), asked=frozen is None
    )  # fmt: skip
    behind = Behind.of(reading.columns.values(), matrix, plain.selection)
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
            why = whole or (UNKNOWN if (behind.unknown & judged).any() else "")
        if why:
            rows.append(SharpenedRow(None, why))
            continue
        reach = here & behind.reachable(judged) if frozen is None else here
        judge, why = chosen_judge(judges, judged, here, reach, matrix, clusters)
        if judge is None:
            why = DIFFERENT if why == BEYOND and behind.differ(judged) else why
            rows.append(SharpenedRow(None, why))
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


def model_judges(
    reading: Reading, matrix: Matrix, question: Question, *, asked: bool
) -> list[ModelJudge]:
    """Each model judge whose answers to a rule's columns the question counts.

    Makes three queries, and where a judge was asked in several manners one more.

    Args:
        asked: whether to look up how it was; not for rows that were picked one by one.
    """
    each = alone(matrix, reading.columns.values(), question.selection)
    elsewhere: set[int] = set()
    manners: Mapping[int, Integers] = {}
    if asked and each:
        imported = Judge.objects.filter(pk__in=each, language_model=None)
        elsewhere = set(imported.values_list("pk", flat=True))
        manners = manners_of(list(each), list(reading.columns), matrix)
    return [
        ModelJudge(
            key, ruling_anywhere(reading, theirs, question), key in elsewhere, manners.get(key)
        )
        for key, theirs in each.items()
    ]


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
