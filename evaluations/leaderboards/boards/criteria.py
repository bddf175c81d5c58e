"""What stands under a board: per criterion of a rule, whether it was asked and how judges agree.

Raw agreement is how many pairs of judges answered the same. Chance-corrected agreement
(Krippendorff's alpha, Gwet's AC1) is a different thing: it asks how much of this would be expected
from guessing, and may be low where raw agreement is high.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
from django.urls import reverse

from evaluations.definitions.models import AnsweredBy, CriterionVersion, DefinitionVersion
from evaluations.judgments.items.questions import judge_link
from evaluations.leaderboards.boards.standings import Question, reading_of
from evaluations.leaderboards.matrix.answers import Asking, Flags, Selection
from evaluations.leaderboards.matrix.columns import Matrix
from evaluations.measures.agreement import agreeing_pairs
from evaluations.rules.answers import UNKNOWN, YES


@dataclass(frozen=True)
class PairAgreement:
    """Of `pairs` pairs of judges of one subject each, `same` gave the same known answer."""

    same: int = 0
    pairs: int = 0

    @property
    def share(self) -> float | None:
        """Share of the pairs that agree, 0 to 1; None without a pair."""
        return self.same / self.pairs if self.pairs else None

    def __add__(self, other: "PairAgreement") -> "PairAgreement":
        return PairAgreement(self.same + other.same, self.pairs + other.pairs)


@dataclass(frozen=True)
class Pairs:
    """Pairs of judges by what they answered about; both arrays have shape (subjects,)."""

    same: npt.NDArray[np.intp]
    pairs: npt.NDArray[np.intp]

    @property
    def share(self) -> npt.NDArray[np.float64]:
        """Share of the pairs that agree, NaN without a pair; shape (subjects,)."""
        share: npt.NDArray[np.float64] = np.divide(
            self.same, self.pairs, out=np.full(len(self.pairs), np.nan), where=self.pairs > 0
        )
        return share

    def over(self, subjects: npt.NDArray[np.bool_] | None = None) -> PairAgreement:
        """The agreement on these subjects together; on all of them when left out."""
        here = slice(None) if subjects is None else subjects
        return PairAgreement(int(self.same[here].sum()), int(self.pairs[here].sum()))


def pairs_of_counts(answers: npt.NDArray[Any]) -> Pairs:
    """Pairs of judges who answered about the same subject, and those that agree.

    Args:
        answers: how often each code was given; shape (subjects, 4), unsigned or not.
    """
    counts = answers.astype(np.intp)
    return Pairs(*agreeing_pairs(counts[:, : YES + 1], counts[:, UNKNOWN]))


@dataclass(frozen=True)
class Lacks:
    """The criteria that keep a rule from being asked on some outputs.

    `scattered` says that each was answered somewhere, but on no one output all of them.
    """

    judged: tuple[CriterionVersion, ...]
    found: tuple[CriterionVersion, ...]
    scattered: bool

    @property
    def wordings(self) -> tuple[CriterionVersion, ...]:
        return self.judged + self.found

    @cached_property
    def judge_url(self) -> str:
        """Where to judge exactly these; empty when only findings are lacking."""
        keys = [wording.criterion.key for wording in self.judged]
        link = judge_link(keys, set(keys))
        return f"{reverse('judge-next')}?{link}" if link else ""

    @property
    def in_words(self) -> str:
        """What a cell says: “lacks 3 questions”; “lacks 1 finding” where judges can do nothing."""
        if self.scattered:
            return "asked, but never together"
        noun = "question" if self.judged else "finding"
        count = len(self.wordings)
        return f"lacks {count} {noun}{'' if count == 1 else 's'}"

    @property
    def in_a_sentence(self) -> str:
        """The same for a definition that was asked nowhere; without its last full stop."""
        if not self.judged:
            return "No finding yet, which no judge gives"
        if self.scattered:
            return "Nobody was asked all of its questions on one output"
        count = len(self.judged)
        return (
            f"Nobody was asked {count} of its questions"
            if count > 1
            else (f"Nobody was asked “{self.judged[0].title}”")
        )


def lacks(
    version: DefinitionVersion,
    matrix: Matrix,
    question: Question | None = None,
    here: Flags | None = None,
) -> Lacks | None:
    """The criteria of a rule that nobody was asked on any of these outputs; makes no query.

    Where each was asked on some output, those that are not asked on every one. None on the
    direct road, which asks no criteria, and where nothing was written that could be judged.

    Args:
        here: the outputs in question, shape (outputs,); all of them when left out.
    """
    question = question or Question()
    if not reading_of(version).kept or question.selection.also_judge is not None:
        return lacks_now(version, matrix, question, here)
    # Kept with the matrix: the big tables ask this of every cell.
    where = None if here is None else hash(np.packbits(here).tobytes())
    key = ("lacks", version.pk, question, where)
    return matrix.figures.once(key, lambda: lacks_now(version, matrix, question, here))


def lacks_now(
    version: DefinitionVersion, matrix: Matrix, question: Question, here: Flags | None
) -> Lacks | None:
    """The same, worked out anew."""
    written = matrix.written if here is None else matrix.written & here
    if question.road == "direct" or not written.any():
        return None
    wordings = version.wordings
    asked = {
        key: matrix.column(column, question.selection).asked[written]
        for key, column in reading_of(version).columns.items()
        if key in wordings
    }
    missing = [key for key, flags in asked.items() if not flags.any()]
    scattered = not missing
    if scattered:
        # With a vote, all may be asked everywhere and still no judge have answered all.
        missing = [key for key, flags in asked.items() if not flags.all()] or list(asked)
    lacking = [wordings[key] for key in missing]
    return Lacks(
        judged=tuple(w for w in lacking if w.criterion.answered_by == AnsweredBy.JUDGE),
        found=tuple(w for w in lacking if w.criterion.answered_by != AnsweredBy.JUDGE),
        scattered=scattered,
    )


def pairs_on(matrix: Matrix, question: Asking, selection: Selection) -> Pairs:
    """Pairs of judges on each output, or each prompt; kept with the matrix for the next row."""
    return matrix.rulings.once(
        ("pairs", question, selection),
        lambda: pairs_of_counts(matrix.counts_of(question, selection)),
    )


def judge_url(version: DefinitionVersion, answerable: set[str] | None = None) -> str:
    """Where to judge what a definition's rule needs; empty when judges answer none of it."""
    link = judge_link(version.keys, answerable)
    return f"{reverse('judge-next')}?{link}" if link else ""


def direct_url(version: DefinitionVersion) -> str:
    """Where to classify outputs by the wording of a definition itself."""
    return f"{reverse('judge-next')}?{urlencode({'direct': version.definition.slug})}"
