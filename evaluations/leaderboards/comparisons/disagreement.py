"""Where people part: on the words, which definitions read otherwise, or on the facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.definitions.counted import counted
from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.leaderboards.boards.criteria import pairs_of_counts
from evaluations.leaderboards.boards.standings import VERDICT_OF, Question, rule_on_outputs
from evaluations.leaderboards.comparisons.deciding import answers_on, firm_and_possible
from evaluations.leaderboards.matrix.answers import Column, Flags, Integers
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.rules import CODES

Numbers = npt.NDArray[Any]
Camps = tuple[Numbers, Numbers, Numbers]
"""Three counts over the outputs, each of shape (outputs,)."""

LISTS = ("words", "facts", "unchecked", "doubtful", "split")
"""Outputs that split definitions on what judges agree on; on which judges part; that split
definitions and were not checked by two judges, or on which these part too; and all that split
definitions."""
ANSWERS = ("yes", "partly", "no", "cannot-tell")


@dataclass(frozen=True)
class JudgeSplit:
    """How judges split on one criterion about one output: answer to the number who gave it."""

    wording: CriterionVersion
    counts: tuple[tuple[str, int], ...]

    @property
    def unison(self) -> float:
        """Share of the judges in the largest camp."""
        given = [count for _, count in self.counts]
        return max(given) / sum(given)


@dataclass(frozen=True)
class Totals:
    """Outputs, each counted in one line of the page or none.

    `asked`: on which some definition was asked. `split`: called reasoning by one definition and
    not reasoning by another; of these, `by_words` where both sides have a definition whose
    verdict rests on answers that judges agree on, `unchecked` where that is still possible,
    since one judge alone gave what decides, and `by_facts` where judges part on what decides a
    whole side. `parted`: on which judges gave different answers to a criterion, whatever
    definitions say.
    """

    asked: int
    split: int
    by_words: int
    by_facts: int
    unchecked: int
    parted: int


class Disagreement:
    """Every output of the matrix under every definition; arrays have shape (outputs,)."""

    def __init__(
        self, versions: Sequence[DefinitionVersion], matrix: Matrix, question: Question
    ) -> None:
        self.versions = versions
        self.matrix = matrix
        self.question = question
        self.rulings = [rule_on_outputs(version, matrix, question) for version in versions]
        self.here = matrix.within(question.scope)
        self.counted = set(counted(versions))

    def kept(self, name: str, question: object, make: Callable[[], Any]) -> Any:
        """What *make* gives, kept with the matrix: it stays the same until an answer changes."""
        key = (name, tuple(version.pk for version in self.versions), question)
        return self.matrix.rulings.once(key, make)

    @cached_property
    def camps(self) -> Camps:
        """How many definitions were asked, and how many say reasoning, and not reasoning.

        Those that say either are settled here: asked in full, and determined. Forks are not
        counted, and equal rules once: they are no further views.
        """
        camps: Camps = self.kept("camps", self.question, self.count_camps)
        return camps

    def count_camps(self) -> Camps:
        asked, yes, no = (np.zeros(self.matrix.size, np.int16) for _ in range(3))
        for version, ruling in zip(self.versions, self.rulings, strict=True):
            if version not in self.counted:
                continue
            asked += ruling.asked
            yes += (ruling.verdicts == CODES["yes"]) & ruling.asked
            no += (ruling.verdicts == CODES["no"]) & ruling.asked
        return asked, yes, no

    @cached_property
    def supported(self) -> npt.NDArray[np.int16]:
        """How many definitions of each camp rest on what; shape (2, 2, outputs).

        First: firm, and possibly so (`firm_and_possible`). Then: reasoning, and not reasoning.
        """
        found: npt.NDArray[np.int16] = self.kept("supported", self.question, self.count_supported)
        return found

    def count_supported(self) -> npt.NDArray[np.int16]:
        counts = np.zeros((2, 2, self.matrix.size), np.int16)
        for version, ruling in zip(self.versions, self.rulings, strict=True):
            if version not in self.counted:
                continue
            for camp, verdict in enumerate(("yes", "no")):
                says = ruling.asked & (ruling.verdicts == CODES[verdict])
                for level, rests in enumerate(self.held(version)):
                    counts[level, camp] += says & rests
        return counts

    def held(self, version: DefinitionVersion) -> tuple[Flags, Flags]:
        """Where a definition's verdict is firm, and possibly so (`firm_and_possible`)."""
        return self.matrix.rulings.once(
            ("firm", version.pk, self.question),
            partial(firm_and_possible, version, self.matrix, self.question),
        )

    @property
    def firm(self) -> npt.NDArray[np.int16]:
        """Definitions that say reasoning, and not, by what judges agree on; shape (2, outputs)."""
        firm: npt.NDArray[np.int16] = self.supported[0]
        return firm

    @property
    def asked(self) -> Flags:
        """Outputs on which some definition was asked."""
        found: Flags = self.camps[0] > 0
        return found

    @property
    def reasoning(self) -> Numbers:
        """How many definitions say that an output is reasoning."""
        return self.camps[1]

    @property
    def not_reasoning(self) -> Numbers:
        """How many say that it is not."""
        return self.camps[2]

    @cached_property
    def wordings(self) -> dict[Column, CriterionVersion]:
        """The columns that the definitions ask, each with its newest wording that is pinned."""
        found: dict[Column, CriterionVersion] = {}
        for version in self.versions:
            for wording in version.pinned:
                column = (wording.criterion.key, wording.meaning)
                if column not in found or found[column].number < wording.number:
                    found[column] = wording
        return found

    def answers(self, column: Column, outputs: Integers) -> Numbers:
        """How many judges gave each answer to a criterion, as `answers_on`."""
        return answers_on(self.matrix, ("output", *column), self.question.selection)[outputs]

    @cached_property
    def facts(self) -> Camps:
        """Pairs of judges that agree, all pairs, and criteria on which answers differ."""
        facts: Camps = self.kept("facts", self.question.selection, self.count_facts)
        return facts

    def count_facts(self) -> Camps:
        places = np.arange(self.matrix.size)
        same, pairs, parted = (np.zeros(self.matrix.size, np.int64) for _ in range(3))
        for column in self.wordings:
            counts = self.answers(column, places)
            found = pairs_of_counts(counts)
            same += found.same
            pairs += found.pairs
            parted += np.count_nonzero(counts, axis=1) > 1
        return same, pairs, parted

    @property
    def same(self) -> Numbers:
        return self.facts[0]

    @property
    def pairs(self) -> Numbers:
        return self.facts[1]

    @property
    def parted(self) -> Numbers:
        """On how many criteria judges gave different answers."""
        return self.facts[2]

    @cached_property
    def share(self) -> npt.NDArray[np.float64]:
        """Share of the pairs of judges that agree; NaN where no two answered one question."""
        share: npt.NDArray[np.float64] = np.divide(
            self.same, self.pairs, out=np.full(self.matrix.size, np.nan), where=self.pairs > 0
        )
        return share

    @cached_property
    def split(self) -> Flags:
        """Outputs that one definition calls reasoning and another does not."""
        return self.here & (self.reasoning > 0) & (self.not_reasoning > 0)

    @cached_property
    def kinds(self) -> dict[str, Flags]:
        """The outputs that split definitions by what they part over; each is in one list."""
        words, open_to_words = self.supported.min(axis=1) > 0
        return {
            "words": self.split & words,
            "unchecked": self.split & ~words & open_to_words,
            "doubtful": self.split & ~open_to_words,
        }

    def largest_minority_first(self, wanted: Flags) -> Integers:
        """Places of the outputs at which *wanted* is true.

        Those first whose smaller camp has most definitions; then those whose smaller camp has
        most of them firm.
        """
        places = np.flatnonzero(wanted)
        camp = np.minimum(self.reasoning, self.not_reasoning)[places]
        firm = self.firm.min(axis=0)[places]
        return places[np.lexsort((self.matrix.output[places], -firm, -camp))]

    def listed(self, which: str) -> Integers:
        """Places of the outputs of one list of `LISTS`."""
        if which == "facts":
            return self.by_facts
        return self.largest_minority_first({**self.kinds, "split": self.split}[which])

    @property
    def contested(self) -> int | None:
        """The place of the output with most definitions on its smaller side; None without one.

        One that splits them by words comes before all others, then what was not checked.
        """
        for which in ("words", "unchecked"):
            places = self.listed(which)
            if len(places):
                return int(places[0])
        return None

    @cached_property
    def by_facts(self) -> Integers:
        """Places of the outputs on which judges part.

        Those that part on most criteria first; then the smaller share of pairs that agree.
        """
        places = np.flatnonzero(self.here & (self.parted > 0))
        share = self.share[places]
        order = np.lexsort((self.matrix.output[places], share, -self.parted[places]))
        return places[order]

    @cached_property
    def totals(self) -> Totals:
        return Totals(
            asked=int((self.asked & self.here).sum()),
            split=int(self.split.sum()),
            by_words=int(self.kinds["words"].sum()),
            by_facts=int(self.kinds["doubtful"].sum()),
            unchecked=int(self.kinds["unchecked"].sum()),
            parted=len(self.by_facts),
        )

    def line(self, place: int) -> list[tuple[DefinitionVersion, str]]:
        """Every definition that was asked on one output, with its verdict; settled ones first."""
        order = ("reasoning", "partly", "not-reasoning", "undetermined")
        found = [
            (version, VERDICT_OF[int(ruling.verdicts[place])])
            for version, ruling in zip(self.versions, self.rulings, strict=True)
            if ruling.asked[place]
        ]
        return sorted(found, key=lambda item: order.index(item[1]))

    def parts(self, places: Integers) -> list[list[JudgeSplit]]:
        """For each output, the criteria on which judges gave different answers, and how.

        The criterion with the smallest largest camp comes first: there judges split most.
        """
        found: list[list[JudgeSplit]] = [[] for _ in places]
        for column, wording in self.wordings.items():
            counts = self.answers(column, places)
            for row in np.flatnonzero(np.count_nonzero(counts, axis=1) > 1).tolist():
                found[row].append(JudgeSplit(wording, counts_in_words(counts[row])))
        for parts in found:
            parts.sort(key=lambda part: part.unison)
        return found

    def answers_on_one(self, column: Column, place: int) -> JudgeSplit:
        """What judges answered to one criterion about one output, alike or not."""
        counts = self.answers(column, np.array([place]))[0]
        return JudgeSplit(self.wordings[column], counts_in_words(counts))


def counts_in_words(counts: Numbers) -> tuple[tuple[str, int], ...]:
    """Answers that were given, yes first, from counts by code; shape (4,)."""
    given = counts.tolist()
    return tuple((answer, given[CODES[answer]]) for answer in ANSWERS if given[CODES[answer]])
