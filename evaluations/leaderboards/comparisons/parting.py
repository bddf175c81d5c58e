"""Two rules on the same outputs: where their verdicts part, and which answers decide it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.boards.criteria import Pairs
from evaluations.leaderboards.boards.standings import (
    VERDICT_OF,
    VERDICT_ORDER,
    Question,
    Reading,
    Ruled,
    Ruling,
    reading_of,
    rule_on_outputs,
)
from evaluations.leaderboards.comparisons.deciding import (
    Reasons,
    agreement_where_decisive,
    pairs_by_output,
    reasons_for,
    sentence,
)
from evaluations.leaderboards.matrix.answers import Flags, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.agreement import Undefined, cohen_kappa, cohen_kappas
from evaluations.measures.bootstrap import drawn_prompts, percentile_interval
from evaluations.measures.intervals import Interval, wilson
from evaluations.rules import CODES

CODE_OF: Mapping[str, int] = {verdict: code for code, verdict in VERDICT_OF.items()}

# How far two verdicts lie apart, indexed by code: settled against each other, then settled
# against partly, then settled against open.
DISTANCE = np.zeros((4, 4), np.int8)
for one, other, apart in (("no", "yes", 3), ("no", "partly", 2), ("partly", "yes", 2)):
    DISTANCE[CODES[one], CODES[other]] = DISTANCE[CODES[other], CODES[one]] = apart
for one in ("no", "partly", "yes"):
    DISTANCE[CODES[one], -1] = DISTANCE[-1, CODES[one]] = 1


@dataclass(frozen=True)
class Decided:
    """A criterion on the outputs where two rules part: where it decides one side or either.

    `agreement` is the share of judge pairs that agree on it where it decides.
    """

    key: str
    first: int
    second: int
    either: int
    of: int
    in_first: bool
    in_second: bool
    agreement: float | None

    @property
    def share(self) -> float:
        """Share of the outputs on which it decides either side."""
        return self.either / self.of if self.of else 0.0


@dataclass(frozen=True)
class Separating:
    """A prompt with the outputs on which two rules part, out of those that both were asked on."""

    prompt: int
    parted: int
    n: int
    interval: Interval


class Parting:
    """Two rules under one question.

    Arrays over outputs have shape (outputs,); `rows` are the places of the outputs listed, which
    are those on which the rules part unless one cell of the table is asked for.
    """

    def __init__(
        self,
        first: Ruled,
        second: Ruled,
        matrix: Matrix,
        question: Question,
        cell: tuple[str, str] | None = None,
    ) -> None:
        self.first: Reading = reading_of(first)
        self.second: Reading = reading_of(second)
        self.matrix = matrix
        self.question = question
        self.cell = cell
        self.before: Ruling = rule_on_outputs(first, matrix, question)
        self.after: Ruling = rule_on_outputs(second, matrix, question)

    @cached_property
    def both(self) -> Flags:
        """Outputs on which both rules were asked."""
        return self.before.asked & self.after.asked

    @cached_property
    def parted(self) -> Flags:
        """Outputs on which both were asked and say different things."""
        parted: Flags = self.both & (self.before.verdicts != self.after.verdicts)
        return parted

    @cached_property
    def cells(self) -> npt.NDArray[np.intp]:
        """Of each output on which both were asked, both codes as one number from 0 to 15."""
        before, after = (side.verdicts[self.both] & 3 for side in (self.before, self.after))
        return (4 * before + after).astype(np.intp)

    @cached_property
    def table(self) -> npt.NDArray[np.int64]:
        """Outputs by the first rule's verdict (rows) and the second's, in VERDICT_ORDER."""
        counts = np.bincount(self.cells, minlength=16).reshape(4, 4)
        order = [CODE_OF[verdict] & 3 for verdict in VERDICT_ORDER]
        return counts[np.ix_(order, order)].astype(np.int64)

    @property
    def n(self) -> int:
        return int(self.both.sum())

    @property
    def changed(self) -> int:
        """On how many outputs the verdicts part."""
        return int(self.parted.sum())

    @property
    def only_first(self) -> int:
        return int((self.before.asked & ~self.after.asked).sum())

    @property
    def only_second(self) -> int:
        return int((self.after.asked & ~self.before.asked).sum())

    @cached_property
    def kappa(self) -> float | str:
        """Cohen's kappa between the two, all four verdicts alike; words where undefined."""
        try:
            return cohen_kappa(self.table)
        except Undefined as reason:
            return str(reason)

    @cached_property
    def kappa_interval(self) -> Interval | None:
        """Of kappa, from a bootstrap over prompts with all their outputs (`measures.bootstrap`)."""
        if isinstance(self.kappa, str):
            return None
        size = len(self.matrix.prompts)
        by_prompt = np.bincount(
            self.matrix.prompt_index[self.both] * 16 + self.cells, minlength=16 * size
        ).reshape(size, 16)
        by_prompt = by_prompt[by_prompt.any(axis=1)]
        tables = (drawn_prompts(len(by_prompt)) @ by_prompt).reshape(-1, 4, 4)
        return percentile_interval(self.kappa, cohen_kappas(tables))

    @cached_property
    def listed(self) -> Integers:
        """Places of the outputs listed, before they are ordered."""
        here = self.parted
        if self.cell is not None:
            one, other = (CODE_OF[verdict] for verdict in self.cell)
            here = self.both & (self.before.verdicts == one) & (self.after.verdicts == other)
        return np.flatnonzero(here)

    @cached_property
    def sides(self) -> tuple[Reasons, Reasons]:
        """Why each rule says what it says of the outputs listed."""
        return (
            reasons_for(self.first, self.matrix, self.question, self.listed),
            reasons_for(self.second, self.matrix, self.question, self.listed),
        )

    @cached_property
    def agreement(self) -> Pairs:
        """How judges agree on the criteria that decide the outputs listed."""
        return agreement_where_decisive(
            ((self.first, self.sides[0]), (self.second, self.sides[1])),
            self.matrix,
            self.question.selection,
            self.listed,
        )

    def most_agreed_first(self) -> npt.NDArray[np.intp]:
        """Numbers of the outputs listed: by the share of judge pairs that agree on what decides.

        Of equal shares the one with more pairs first; outputs without a pair last.
        """
        share = np.nan_to_num(self.agreement.share, nan=-1.0)
        return np.lexsort((self.matrix.output[self.listed], -self.agreement.pairs, -share))

    def most_divisive_first(self) -> npt.NDArray[np.intp]:
        """Numbers of the outputs listed: opposite verdicts first, then as judges agree."""
        share = np.nan_to_num(self.agreement.share, nan=-1.0)
        apart = DISTANCE[self.before.verdicts[self.listed], self.after.verdicts[self.listed]]
        return np.lexsort((self.matrix.output[self.listed], -self.agreement.pairs, -share, -apart))

    def deciding(self, row: int) -> list[str]:
        """Keys of the criteria that decide either verdict on one output listed.

        Those that only one of the rules asks come first: they are what the rules differ in.
        """
        found = dict.fromkeys(key for side in self.sides for key in side.deciding(row))
        shared = self.first.columns.keys() & self.second.columns.keys()
        return sorted(found, key=lambda key: key in shared)

    def difference(self, row: int) -> list[str]:
        """The deciding criteria that only one of the rules asks; all, where there is none."""
        found = self.deciding(row)
        shared = self.first.columns.keys() & self.second.columns.keys()
        return [key for key in found if key not in shared] or found

    def verdicts(self, row: int) -> tuple[str, str]:
        place = self.listed[row]
        return (
            VERDICT_OF[int(self.before.verdicts[place])],
            VERDICT_OF[int(self.after.verdicts[place])],
        )

    def sentences(self, row: int, titles: Mapping[str, str]) -> tuple[str, str]:
        """Why each rule says what it says of one output listed."""
        return (
            sentence(self.first, self.sides[0], row, titles, self.question),
            sentence(self.second, self.sides[1], row, titles, self.question),
        )

    def answers(self, row: int) -> dict[str, str]:
        """Criterion key to the combined answer, over both rules."""
        return {**self.sides[1].answers(row), **self.sides[0].answers(row)}

    def decided_by(self) -> list[Decided]:
        """Each criterion of either rule on the outputs listed, the most often decisive first."""
        first, second = self.sides
        count = len(self.listed)
        found = []
        for key in dict.fromkeys((*first.keys, *second.keys)):
            one, other = column_of(first, key), column_of(second, key)
            either = one | other
            found.append(
                Decided(
                    key=key,
                    first=int(one.sum()),
                    second=int(other.sum()),
                    either=int(either.sum()),
                    of=count,
                    in_first=key in first.keys,
                    in_second=key in second.keys,
                    agreement=self.agreed_on(key, either),
                )
            )
        return sorted(found, key=lambda item: (-item.either, item.key))

    def agreed_on(self, key: str, here: Flags) -> float | None:
        """Share of judge pairs that agree on a criterion, over the outputs listed and marked."""
        columns = {side.columns[key] for side in (self.first, self.second) if key in side.columns}
        same = pairs = 0
        for column in columns:
            found = pairs_by_output(self.matrix, column, self.question.selection, self.listed[here])
            same, pairs = same + int(found.same.sum()), pairs + int(found.pairs.sum())
        return same / pairs if pairs else None

    def separating(self) -> list[Separating]:
        """Prompts by how often the two rules part on their outputs, with 95% Wilson intervals.

        Ordered by the lower end, so that one output of one prompt does not lead.
        """
        size = len(self.matrix.prompts)
        n = np.bincount(self.matrix.prompt_index[self.both], minlength=size)
        parted = np.bincount(self.matrix.prompt_index[self.parted], minlength=size)
        found = [
            Separating(
                prompt=int(self.matrix.prompts[place]),
                parted=int(parted[place]),
                n=int(n[place]),
                interval=wilson(int(parted[place]), int(n[place])),
            )
            for place in np.flatnonzero(parted).tolist()
        ]
        return sorted(found, key=lambda item: (-item.interval.low, -item.n, item.prompt))


def column_of(reasons: Reasons, key: str) -> Flags:
    """Where a criterion decides; nowhere where the rule does not ask it."""
    if key not in reasons.keys:
        return np.zeros(len(reasons.codes), np.bool_)
    flags: Flags = reasons.decisive[:, reasons.keys.index(key)]
    return flags
