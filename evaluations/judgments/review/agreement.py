"""How far people agree on each question of a protocol's version, and how sure that is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.items.questions import HOLISTIC_QUESTION
from evaluations.judgments.models import ProtocolVersion, Subject
from evaluations.judgments.protocols.reading import asked_wordings
from evaluations.judgments.review.columns import (
    HOLISTIC,
    InForce,
    Integers,
    given_under,
    of_criterion,
    of_definition,
    read_given,
    said,
)
from evaluations.measures.agreement import (
    Level,
    Undefined,
    alpha_interval,
    gwet_ac1,
    krippendorff_alpha,
    pairable_values,
    raw_agreement,
)
from evaluations.measures.intervals import Interval
from evaluations.measures.power import judges_for_interval

Ratings = npt.NDArray[np.float64]

# A side is the item's, not the one on which this judge happened to see it.
SIDE = """
CASE c.value WHEN 'left' THEN (c.left_id <> i.left_id)::int
    WHEN 'right' THEN (c.left_id = i.left_id)::int WHEN 'tie' THEN 2 ELSE 3 END
"""
COUNTS = """
c.blind AND (j.kind = 'person' OR (%(guests)s AND j.kind = 'guest' AND c.guest_check = 'counted'))
"""
COMPARED = f"""
SELECT coalesce(-c.definition_version_id, {HOLISTIC}), c.item_id,
    {said("c.judge_id", SIDE, COUNTS)}
FROM judgments_comparison c
    JOIN judgments_item i ON i.id = c.item_id AND NOT i.is_gold
    JOIN judgments_judge j ON j.id = c.judge_id AND j.kind NOT IN ('model', 'imported')
WHERE i.version_id = %(version)s AND c.is_current AND c.withdrawn_at IS NULL
"""


@dataclass(frozen=True)
class MeasuredQuestion:
    """Something that a version asks; `categories` answers, cannot-tell not among them."""

    key: str
    title: str
    level: Level = "ordinal"
    categories: int = 3


@dataclass(frozen=True)
class Measured:
    """A measure, or why there is none."""

    value: Interval | None = None
    why_not: str = ""

    @property
    def estimate(self) -> float | None:
        return self.value.estimate if self.value else None


@dataclass(frozen=True)
class Agreement:
    """How far people agree on one question.

    `patterns` has shape (answers, patterns), not by judge: which judge gave which answer matters
    to none of the measures. `times` says how many items were answered so, each with one known
    answer at least; `left_out` counts answers that were given after others' were seen or a
    model's shown, and those of guests where they do not count. `spread` is alpha without an
    interval, where only one item has two answers.
    """

    question: MeasuredQuestion
    patterns: Ratings
    times: Integers
    judges: int
    left_out: int
    pairable: int
    alpha: Measured
    spread: float | None
    raw: Measured
    ac1: Measured

    @property
    def items(self) -> int:
        return int(self.times.sum())

    @property
    def twice(self) -> int:
        """Items with two known answers or more."""
        known = np.count_nonzero(~np.isnan(self.patterns), axis=0)
        return int(self.times[known > 1].sum())

    @property
    def ratings(self) -> Ratings:
        """Answers as numbers, shape (answers, items)."""
        return np.repeat(self.patterns, self.times, axis=1)


def questions_of(
    version: ProtocolVersion, wordings: Sequence[CriterionVersion] | None = None
) -> dict[int, MeasuredQuestion]:
    """What a version asks, in its order, in the wordings in force.

    The keys are numbers as in `InForce`. Makes three queries, or one.

    Args:
        wordings: the version's, where they were read before.
    """
    asked: dict[int, MeasuredQuestion] = {}
    definitions = list(
        version.definitions.select_related("definition").order_by("protocoldefinition__position")
    )
    if version.subject == Subject.PAIR:
        if not definitions:
            asked[HOLISTIC] = MeasuredQuestion("plain", "Which is more of reasoning", "nominal", 4)
        for each in definitions:
            asked[of_definition(each.pk)] = MeasuredQuestion(
                direct_key(each), each.definition.name, "nominal", 4
            )
        return asked
    for wording in asked_wordings(version) if wordings is None else wordings:
        asked[of_criterion(wording.criterion_id, wording.meaning)] = MeasuredQuestion(
            wording.criterion.key, wording.title
        )
    if version.subject == Subject.PROMPT:
        return asked
    if version.asks_holistic:
        asked[HOLISTIC] = MeasuredQuestion("holistic", HOLISTIC_QUESTION)
    for each in definitions:
        asked[of_definition(each.pk)] = MeasuredQuestion(direct_key(each), each.definition.name)
    return asked


def direct_key(version: DefinitionVersion) -> str:
    return f"definition-{version.definition.slug}"


def agreement_of(
    version: ProtocolVersion,
    given: InForce | None = None,
    wordings: Sequence[CriterionVersion] | None = None,
    *,
    guests: bool = False,
) -> list[Agreement]:
    """Agreement between people on every question of a version. Makes four queries.

    Answers count that are in force, were given for items of this version that are not gold, and
    blind, with no model's answer shown. Cannot tell counts as no answer. Adjudications are no
    answers, and no part of it.

    Args:
        given: the version's answers, where they were read before; those of pairs are read here.
        wordings: what it asks, where that was read before.
    """
    if version.subject == Subject.PAIR:
        given = read_given(COMPARED, version, guests=guests)
    given = given or given_under(version, guests=guests)
    asked = questions_of(version, wordings)
    if not asked:
        return []
    counted, tally = given.counted, given.tally
    if version.subject == Subject.OUTPUT and (counted.question == HOLISTIC).any():
        # Where it may be left open, those who did are not missing: they were asked no more.
        asked.setdefault(HOLISTIC, MeasuredQuestion("holistic", HOLISTIC_QUESTION))
    left_out = given.question[~given.counts]
    return [
        measured(
            question,
            tally.counts[tally.question == number],
            judges=np.unique(counted.judge[counted.question == number]).size,
            left_out=int((left_out == number).sum()),
        )
        for number, question in asked.items()
    ]


def patterns_of(counts: Integers) -> tuple[Ratings, Integers]:
    """Items that were answered alike put together, those without a known answer left out.

    Args:
        counts: shape (items, categories).

    Returns:
        Answers as numbers, shape (answers, patterns), in an order that rests on the counts
        alone, so that draws with one seed are the same every time; and the items of each.
    """
    known = counts[counts.any(axis=1)]
    # As digits of one number, which sorts much faster than rows do.
    number = known @ (known.max(initial=0) + 1) ** np.arange(known.shape[1])[::-1]
    _, first, times = np.unique(number, return_index=True, return_counts=True)
    patterns = known[first]
    height = int(patterns.sum(axis=1).max(initial=0))
    columns = np.full((height, len(patterns)), np.nan)
    for place, pattern in enumerate(patterns):
        columns[: pattern.sum(), place] = np.repeat(np.arange(pattern.size), pattern)
    return columns, times.astype(np.int64)


def measured(
    question: MeasuredQuestion, counts: Integers, *, judges: int, left_out: int
) -> Agreement:
    known, unknown = np.split(counts, [question.categories], axis=1)
    patterns, times = patterns_of(known)
    level = question.level
    return Agreement(
        question=question,
        patterns=patterns,
        times=times,
        judges=judges,
        left_out=left_out,
        pairable=pairable_values(patterns, times),
        alpha=drawn_alpha(patterns.tobytes(), patterns.shape, tuple(times.tolist()), level),
        spread=attempt(lambda: single(krippendorff_alpha(patterns, level, times))).estimate,
        raw=attempt(lambda: single(raw_agreement(known, unknown.sum(axis=1)))),
        ac1=attempt(lambda: single(gwet_ac1(patterns, question.categories, times))),
    )


@lru_cache(maxsize=1024)
def drawn_alpha(
    patterns: bytes, shape: tuple[int, ...], times: tuple[int, ...], level: Level
) -> Measured:
    """Alpha with its interval, remembered: the draws take longer than all else on a page."""
    ratings = np.frombuffer(patterns, np.float64).reshape(shape)
    return attempt(lambda: alpha_interval(ratings, level, times=times))


def single(value: float) -> Interval:
    """A measure that has no interval here."""
    return Interval(value, value, value)


def attempt(measure: Callable[[], Interval]) -> Measured:
    try:
        return Measured(measure())
    except Undefined as error:
        return Measured(why_not=str(error))


@dataclass(frozen=True)
class Estimate:
    """How many judges an item give alpha an interval as narrow as `width`.

    `widths` has the numbers of judges that were tried with the width to be expected; `judges`
    is the first that is narrow enough, None where none of them is. A width is missing where
    the simulated answers were all alike.
    """

    question: MeasuredQuestion
    width: float
    widths: Sequence[tuple[int, float | None]] = ()
    why_not: str = ""

    @property
    def judges(self) -> int | None:
        return next(
            (judges for judges, width in self.widths if width is not None and width <= self.width),
            None,
        )


def power_of(agreement: Agreement, width: float) -> Estimate:
    """Judges needed on the items judged so far (`judges_for_interval`), 95 % intervals."""
    try:
        widths = judges_for_interval(agreement.ratings, agreement.question.level, width)
    except Undefined as error:
        return Estimate(agreement.question, width, why_not=str(error))
    except ValueError:
        return Estimate(agreement.question, width, why_not="only one item was answered")
    finite = [(judges, each if math.isfinite(each) else None) for judges, each in widths]
    return Estimate(agreement.question, width, finite)
