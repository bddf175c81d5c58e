"""Two rows of a board on the prompts that both answered: how far apart, and where they part."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.counts import judgments_by_group
from evaluations.leaderboards.boards.ranks import prompt_means, ranking
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    Groups,
    Question,
    Ruled,
    rule_on_outputs,
)
from evaluations.leaderboards.matrix.answers import Flags
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.intervals import Interval
from evaluations.measures.paired import difference_of_shares, mcnemar_exact, prompts_needed
from evaluations.measures.row_ranks import (
    LEVEL,
    PairTest,
    PromptMeans,
    Ranking,
    tests_against,
)

POWER = 0.8
SHOWN = ("parting", "a", "b", "alike")
"""Which prompts are listed: those that part, those on which one row is higher, and the others."""

LEAST_PARTING = next(n for n in range(1, 100) if mcnemar_exact(n, 0) < LEVEL)
"""Fewer prompts that part cannot be told from chance by the exact test, whichever way they go."""


@dataclass(frozen=True)
class Needed:
    """What telling the two apart would take, were the difference as it is now.

    `prompts` in all, of which `more` are not yet judged of both; on these as many `outputs` as
    the shared prompts have now, of both rows together, and as many `judgments` an output.
    """

    prompts: int
    more: int
    outputs: int
    judgments: int


@dataclass(frozen=True)
class OutputBehind:
    """An output behind a row's share on a prompt: its key, and its verdict."""

    output: int
    verdict: str


@dataclass(frozen=True)
class OnPrompt:
    """Both rows on one prompt: shares of met outputs, and the outputs with their verdicts."""

    prompt: int
    a: float
    b: float
    outputs_a: tuple[OutputBehind, ...]
    outputs_b: tuple[OutputBehind, ...]

    @property
    def difference(self) -> float:
        return self.a - self.b


class ModelPair:
    """Two rows of a board under one question; arrays over prompts have shape (prompts,).

    `board` is what the tests of the whole board tell, `on_board` whether they tell these two
    apart, corrected for all its comparisons.

    Only prompts on which both have an output that was judged under the whole rule count.
    """

    def __init__(
        self, version: Ruled, matrix: Matrix, question: Question, groups: Groups, a: int, b: int
    ) -> None:
        self.version, self.matrix, self.question = version, matrix, question
        self.groups = only(groups, a, b)
        self.board: Ranking = ranking(version, matrix, question, groups)
        self.on_board = bool(self.board.above[a, b] or self.board.above[b, a])
        self.found: PromptMeans = prompt_means(version, matrix, question, self.groups)

    @cached_property
    def shared(self) -> Flags:
        """Prompts on which both were judged."""
        shared: Flags = np.logical_and(*(self.found.outputs > 0))
        return shared

    @property
    def prompts(self) -> int:
        return int(self.shared.sum())

    @cached_property
    def means(self) -> npt.NDArray[np.float64]:
        """Shares of met outputs on the shared prompts, shape (2, shared prompts)."""
        return self.found.means[:, self.shared]

    @cached_property
    def differences(self) -> npt.NDArray[np.float64]:
        """The first row's share less the second's on each shared prompt."""
        apart: npt.NDArray[np.float64] = self.means[0] - self.means[1]
        return apart

    @cached_property
    def families(self) -> npt.NDArray[np.int64]:
        return self.found.families[self.shared]

    @cached_property
    def test(self) -> PairTest:
        """The test by which the board ranks, without its correction for many pairs."""
        return tests_against(self.found, 0)[0]

    @cached_property
    def interval(self) -> Interval | None:
        """95% interval of the mean difference, clustered by family; None below two clusters."""
        if self.prompts == 0 or len(np.unique(self.families)) < 2:
            return None
        return difference_of_shares(self.means[0], self.means[1], self.families)

    @property
    def sign_p(self) -> float:
        """p-value of the exact test on the prompts that part: McNemar's with one output each."""
        return mcnemar_exact(self.test.more, self.test.less)

    @property
    def told_apart(self) -> bool:
        return self.test.p is not None and self.test.p < LEVEL

    def shares(self) -> tuple[float, float]:
        """Mean over the shared prompts of each row's share."""
        one, other = self.means.mean(axis=1).tolist()
        return one, other

    @cached_property
    def waiting(self) -> int:
        """Prompts that both wrote an output to, and on which one or both are not judged yet."""
        places, number = self.groups.places, self.groups.number
        written = self.matrix.written[places]
        to = [
            np.bincount(
                self.matrix.prompt_index[places[written & (number == row)]],
                minlength=len(self.matrix.prompts),
            )
            for row in (0, 1)
        ]
        return int(((to[0] > 0) & (to[1] > 0)).sum()) - self.prompts

    @cached_property
    def judgments(self) -> int:
        """Judgments on the outputs of both rows that were judged under the whole rule."""
        return sum(judgments_by_group(self.version, self.matrix, self.question, self.groups))

    @cached_property
    def needed(self) -> Needed | None:
        """What it would take to tell them apart; None where they are, or nothing is known.

        The usual sample size of a paired test at the present mean and spread, with a chance of
        80% at the 5% level (`prompts_needed`; Miller, 2024, section 5), and never fewer prompts
        than let the exact test tell anything. The spread is what the clustered error amounts to
        a prompt, so that families count for less than their prompts.
        """
        test = self.test
        if self.told_apart or test.error is None or abs(test.difference) < 1e-12:
            return None
        prompts = prompts_needed(test.difference, test.error * math.sqrt(test.prompts), power=POWER)
        parting = (test.more + test.less) / test.prompts
        prompts = max(prompts, math.ceil(LEAST_PARTING / parting), test.prompts + 1)
        more = prompts - test.prompts
        outputs = math.ceil(more * self.found.outputs[:, self.shared].sum() / test.prompts)
        each = self.judgments / int(self.found.outputs.sum())
        return Needed(prompts, more, outputs, math.ceil(outputs * each))

    def listed(self, shown: str) -> npt.NDArray[np.intp]:
        """Numbers of the shared prompts to list, the largest difference first."""
        here = {
            "parting": self.differences != 0,
            "a": self.differences > 0,
            "b": self.differences < 0,
            "alike": self.differences == 0,
        }[shown]
        chosen = np.flatnonzero(here)
        prompts = self.found.prompts[self.shared][chosen]
        return chosen[np.lexsort((prompts, -np.abs(self.differences[chosen])))]

    def counts(self) -> dict[str, int]:
        """How many shared prompts each choice lists."""
        return {shown: len(self.listed(shown)) for shown in SHOWN}

    def on_prompts(self, numbers: npt.NDArray[np.intp]) -> list[OnPrompt]:
        """Both rows on the shared prompts with these numbers, in their order."""
        prompts = self.found.prompts[self.shared][numbers]
        ruling = rule_on_outputs(self.version, self.matrix, self.question)
        asked = ruling.asked[self.groups.places]
        places, row = self.groups.places[asked], self.groups.number[asked]
        here = np.isin(self.matrix.prompt[places], prompts)
        written: dict[tuple[int, int], list[OutputBehind]] = {}
        for place, side in zip(places[here].tolist(), row[here].tolist(), strict=True):
            verdict = VERDICT_OF[int(ruling.verdicts[place])]
            key = (int(self.matrix.prompt[place]), side)
            written.setdefault(key, []).append(
                OutputBehind(int(self.matrix.output[place]), verdict)
            )
        return [
            OnPrompt(prompt, a, b, tuple(written[prompt, 0]), tuple(written[prompt, 1]))
            for prompt, a, b in zip(prompts.tolist(), *self.means[:, numbers].tolist(), strict=True)
        ]


def only(groups: Groups, a: int, b: int) -> Groups:
    """Two groups of a board alone, the first of them number 0."""
    here = (groups.number == a) | (groups.number == b)
    number = (groups.number[here] == b).astype(np.intp)
    return Groups(
        groups.places[here],
        number,
        [groups.model[a], groups.model[b]],
        [groups.recipe[a], groups.recipe[b]],
    )
