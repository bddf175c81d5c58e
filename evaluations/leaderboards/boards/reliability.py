"""How far the judges behind each row of a board agree, and whether that carries its score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.common.templatetags.marks import signed
from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.leaderboards.boards.criteria import PairAgreement, pairs_on
from evaluations.leaderboards.boards.standings import (
    Groups,
    Question,
    Ruled,
    groups_of,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Asking, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.agreement import alphas

FLOOR = 0.667
"""Below this alpha not even tentative conclusions are drawn (Krippendorff, 2004, p. 241)."""

GOOD = 0.8
"""From this alpha on conclusions may be drawn (Krippendorff, 2004, p. 241)."""

LEAST_ITEMS = 10
"""With fewer outputs judged by two people, alpha says next to nothing."""

Floats = npt.NDArray[np.float64]


def agreement_word(alpha: float | None, items: int) -> str:
    """How far judges agree, in a word: "none", "weak", "fair" or "good", "all alike" where alpha is
    undefined because every judge gave the same answer, and "unknown" where too few answered twice.

    Args:
        alpha: Krippendorff's, ordinal; none where they agree no more than by chance.
        items: outputs or prompts that two judges or more answered.
    """
    if items < LEAST_ITEMS:
        return "unknown"
    if alpha is None:
        return "all alike"
    if alpha <= 0:
        return "none"
    return "weak" if alpha < FLOOR else "fair" if alpha < GOOD else "good"


AGREEMENT_WORDS = ("all alike", "good", "fair", "weak", "none", "unknown")
"""In the order in which a board sorts them."""


@dataclass(frozen=True)
class Reliability:
    """Agreement on one criterion over the outputs of one row.

    `wording` is None for direct classifications. `alpha` is Krippendorff's, ordinal, cannot-tell
    left out; None where it is undefined, which `reason` explains. `items` are outputs (or
    prompts) that two judges or more could answer, `values` their answers to them; `raw` counts
    pairs of judges.
    """

    wording: CriterionVersion | None
    alpha: float | None
    items: int
    values: int
    raw: PairAgreement

    @property
    def key(self) -> str:
        return self.wording.criterion.key if self.wording else "direct"

    @property
    def title(self) -> str:
        return self.wording.title if self.wording else "Classification by the wording"

    @property
    def word(self) -> str:
        """How far judges agree, in a word; the numbers stand behind it."""
        return agreement_word(self.alpha, self.items)

    @property
    def reason(self) -> str:
        """Why the score that rests on this is in doubt; empty where it is not."""
        name = f"“{self.title}”"
        if not self.items:
            return f"whether judges agree on {name} is not known: nobody answered it twice"
        times = f"{self.items} answered by two judges or more"
        if self.alpha is None:
            return f"alpha of {name} is undefined: every judge gave the same answer ({times})"
        if self.alpha < FLOOR:
            return f"judges do not agree on {name}: alpha {signed(self.alpha)} ({times})"
        if self.items < LEAST_ITEMS:
            return f"too few to say whether judges agree on {name}: {times}"
        return ""

    @property
    def carries(self) -> bool:
        return not self.reason

    @property
    def weight(self) -> tuple[int, float, float]:
        """Sorts first what carries a score least.

        The lowest alpha below the floor, then what fewest answered twice where these are too
        few, or every answer was the same, then the lowest alpha.
        """
        if self.alpha is not None and self.alpha < FLOOR:
            return 0, round(self.alpha, 9), self.raw.share or 0.0
        if not self.carries:
            return 1, self.items, self.raw.share or 0.0
        return 2, self.alpha or 0.0, 0.0


Wordings = Mapping[str, CriterionVersion]
"""Criterion key to its wording."""


def reliability_of_rows(
    version: Ruled,
    matrix: Matrix,
    question: Question,
    groups: Groups,
    wordings: Wordings | None = None,
) -> list[list[Reliability]]:
    """For each row of a board, agreement on each judged criterion of its rule. Makes no query.

    Over the outputs that the row's share is of. Nothing for criteria that judges do not answer;
    on the direct road it is agreement on the classification.

    Args:
        wordings: of the criteria of a rule that nobody saved; a version has its own.
    """
    groups = groups.where(rule_on_outputs(version, matrix, question).asked)
    return reliability_of_groups(version, matrix, question, groups, wordings)


def doubts_of(
    version: Ruled, matrix: Matrix, question: Question, wordings: Wordings | None = None
) -> dict[tuple[int, int], str]:
    """Model and recipe to why that row's share is in doubt.

    Rows whose weakest criterion carries the share are left out. Kept with the matrix for a
    published version; `wordings` as in `reliability_of_rows`.
    """
    reading = reading_of(version)
    key = ("doubts", reading.version, question)
    if reading.kept and key in matrix.figures:
        kept: dict[tuple[int, int], str] = matrix.figures[key]
        return kept
    groups = groups_of(matrix, question.scope)
    rows = reliability_of_rows(version, matrix, question, groups, wordings)
    doubts = {
        (model, recipe): doubt
        for model, recipe, found in zip(groups.model, groups.recipe, rows, strict=True)
        if (doubt := doubt_about(least_reliable(found)))
    }
    if reading.kept:
        matrix.figures[key] = doubts
    return doubts


def doubt_about(agreement: Reliability | None) -> str:
    """Why a share should not be leant on; empty where its criteria are agreed on."""
    return agreement.reason if agreement else "no judge answers a criterion of this rule"


def reliability_of_groups(
    version: Ruled,
    matrix: Matrix,
    question: Question,
    groups: Groups,
    wordings: Wordings | None = None,
) -> list[list[Reliability]]:
    """The same over all outputs of the groups, whether or not the whole rule was asked on them."""
    found: list[list[Reliability]] = [[] for _ in groups.model]
    for wording, asked in judged_questions(version, question, wordings):
        by_group = agreement_by_group(matrix, asked, question.selection, groups)
        for row, (alpha, items, values, raw) in enumerate(by_group):
            found[row].append(Reliability(wording, alpha, items, values, raw))
    return found


def judged_questions(
    version: Ruled, question: Question, wordings: Wordings | None = None
) -> list[tuple[CriterionVersion | None, tuple[Asking, ...]]]:
    """What judges answer for a board, and the parts of the matrix that hold the answers."""
    if question.road == "direct":
        return [(None, (("direct", "", reading_of(version).version or 0),))]
    if isinstance(version, DefinitionVersion):
        wordings = version.wordings
    wordings = wordings or {}
    return [
        (wordings[key], (("output", *column), ("prompt", *column)))
        for key, column in reading_of(version).columns.items()
        if key in wordings and wordings[key].criterion.answered_by == "judge"
    ]


def reliability_overall(
    version: DefinitionVersion, matrix: Matrix, question: Question
) -> list[Reliability]:
    """The same over all outputs in the question's scope together, the weakest first."""
    places = np.flatnonzero(matrix.within(question.scope))
    everything = Groups(places, np.zeros(len(places), np.intp), [0], [0])
    (found,) = reliability_of_groups(version, matrix, question, everything)
    return sorted(found, key=lambda each: each.weight)


def least_reliable(rows: Sequence[Reliability]) -> Reliability | None:
    """The criterion that carries a score least; None without one."""
    return min(rows, key=lambda each: each.weight, default=None)


def agreement_by_group(
    matrix: Matrix, asked: Sequence[Asking], selection: Selection, groups: Groups
) -> list[tuple[float | None, int, int, PairAgreement]]:
    """Ordinal alpha, items with two known answers, these answers, and raw agreement, by group."""
    count = len(groups.model)
    weights: list[Floats] = []
    counts: list[Floats] = []
    same, pairs = np.zeros(count, np.intp), np.zeros(count, np.intp)
    for part in asked:
        about = part[0]
        if not is_held(part, matrix):
            continue
        subjects, group = groups.places, groups.number
        if about == "prompt":
            width = max(len(matrix.prompts), 1)
            cells = np.unique(group * width + matrix.prompt_index[subjects])
            group, subjects = cells // width, cells % width
        given = matrix.counts_of(part, selection)[subjects, :3].astype(np.int64)
        both = given.sum(axis=1) >= 2
        patterns, number = patterns_of(given[both])
        counts.append(patterns.astype(np.float64))
        flat = np.bincount(
            group[both] * max(len(patterns), 1) + number, minlength=count * len(patterns)
        )
        weights.append(flat.reshape(count, len(patterns)).astype(np.float64))
        raw = pairs_on(matrix, part, selection)
        same += sums(raw.same[subjects], group, count)
        pairs += sums(raw.pairs[subjects], group, count)
    alpha = np.full(count, np.nan)
    items, values = np.zeros(count, np.intp), np.zeros(count, np.intp)
    if counts and sum(map(len, counts)):
        weight = np.concatenate(weights, axis=1)
        items = weight.sum(axis=1).astype(np.intp)
        every = np.concatenate(counts)
        values = (weight @ every.sum(axis=1)).astype(np.intp)
        alpha = alphas(weight, np.arange(3.0), every, "ordinal")
    return [
        (None if np.isnan(value) else float(value), number, answers, PairAgreement(agreeing, of))
        for value, number, answers, agreeing, of in zip(
            alpha, items.tolist(), values.tolist(), same.tolist(), pairs.tolist(), strict=True
        )
    ]


def is_held(asking: Asking, matrix: Matrix) -> bool:
    """Whether anybody answered this."""
    about, key, number = asking
    if about == "direct":
        return number in matrix.direct
    return (key, number) in (matrix.on_prompts if about == "prompt" else matrix.on_outputs)


def patterns_of(
    counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Different rows of counts of three answers, and the number of each item's.

    Items with the same counts are interchangeable, which leaves few.
    """
    if not len(counts):
        return counts, np.empty(0, np.intp)
    base = int(counts.max()) + 1
    code = (counts[:, 0] * base + counts[:, 1]) * base + counts[:, 2]
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return counts[first], number


def sums(
    values: npt.NDArray[np.intp], group: npt.NDArray[np.intp], count: int
) -> npt.NDArray[np.intp]:
    total: npt.NDArray[np.intp] = np.bincount(group, weights=values, minlength=count).astype(
        np.intp
    )
    return total
