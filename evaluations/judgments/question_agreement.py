"""How far people agree on each question of a protocol's version, and how sure that is."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.judgments.models import ProtocolVersion, Subject
from evaluations.judgments.project import fetch
from evaluations.judgments.protocols import asked_wordings
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

# Answers in force that were given for the version's items, gold apart. Answers about a prompt
# hang on a judgment of their own, saved with the same form as the item's. `counts` says which
# were given without sight of others' answers, people's or a model's, by people who count.
GIVEN = """
forms AS (
    SELECT DISTINCT d.judge_id, d.form_token
    FROM judgments_judgment d JOIN judgments_item i ON i.id = d.item_id
    WHERE i.version_id = %(version)s AND NOT i.is_gold AND d.withdrawn_at IS NULL
), given AS (
    SELECT a.criterion_id, a.meaning, a.definition_version_id, a.is_holistic, a.output_id,
        a.prompt_id, a.judge_id, a.value,
        s.blind AND s.suggestion_shown IS NOT TRUE AND (
            j.kind = 'person'
            OR (%(guests)s AND j.kind = 'guest' AND s.guest_check = 'counted')
        ) AS counts
    FROM forms f
        JOIN judgments_judgment s ON s.judge_id = f.judge_id AND s.form_token = f.form_token
            AND s.withdrawn_at IS NULL
        JOIN judgments_answer a ON a.judgment_id = s.id AND a.is_current
        JOIN judgments_judge j ON j.id = a.judge_id AND j.kind <> 'model'
)
"""
# How an item was answered is all that agreement rests on, so alike items are counted together:
# lines with a pattern of answers and how many items have it, then one a question, with how many
# judges answered it and how many answers are left out. One statement, which reads `given` once.
PATTERNS = f"""
WITH {GIVEN}, items AS (
    SELECT criterion_id, meaning, definition_version_id, is_holistic, ARRAY[
        count(*) FILTER (WHERE value = 'no'), count(*) FILTER (WHERE value = 'partly'),
        count(*) FILTER (WHERE value = 'yes')
    ] AS pattern
    FROM given WHERE counts
    GROUP BY criterion_id, meaning, definition_version_id, is_holistic, output_id, prompt_id
)
SELECT criterion_id, meaning, definition_version_id, is_holistic, pattern, count(*), 0
FROM items GROUP BY criterion_id, meaning, definition_version_id, is_holistic, pattern
UNION ALL
SELECT criterion_id, meaning, definition_version_id, is_holistic, NULL,
    count(*) FILTER (WHERE counted > 0), sum(left_out)::bigint
FROM (
    SELECT criterion_id, meaning, definition_version_id, is_holistic,
        count(*) FILTER (WHERE counts) AS counted, count(*) FILTER (WHERE NOT counts) AS left_out
    FROM given GROUP BY criterion_id, meaning, definition_version_id, is_holistic, judge_id
) judges GROUP BY criterion_id, meaning, definition_version_id, is_holistic
"""

# A side is the item's, not the one on which this judge happened to see it.
COMPARED = """
compared AS (
    SELECT c.definition_version_id, c.item_id, c.judge_id,
        CASE WHEN c.left_id = i.left_id OR c.value NOT IN ('left', 'right') THEN c.value
            WHEN c.value = 'left' THEN 'right' ELSE 'left' END AS value,
        c.blind AND (
            j.kind = 'person' OR (%(guests)s AND j.kind = 'guest' AND c.guest_check = 'counted')
        ) AS counts
    FROM judgments_comparison c
        JOIN judgments_item i ON i.id = c.item_id AND NOT i.is_gold
        JOIN judgments_judge j ON j.id = c.judge_id AND j.kind <> 'model'
    WHERE i.version_id = %(version)s AND c.is_current AND c.withdrawn_at IS NULL
)
"""
PAIR_PATTERNS = f"""
WITH {COMPARED}, items AS (
    SELECT definition_version_id, ARRAY[
        count(*) FILTER (WHERE value = 'left'), count(*) FILTER (WHERE value = 'right'),
        count(*) FILTER (WHERE value = 'tie'), count(*) FILTER (WHERE value = 'neither')
    ] AS pattern
    FROM compared WHERE counts GROUP BY definition_version_id, item_id
)
SELECT NULL, NULL, definition_version_id, false, pattern, count(*), 0
FROM items GROUP BY definition_version_id, pattern
UNION ALL
SELECT NULL, NULL, definition_version_id, false, NULL,
    count(DISTINCT judge_id) FILTER (WHERE counts), count(*) FILTER (WHERE NOT counts)
FROM compared GROUP BY definition_version_id
"""

Place = tuple[int | None, int | None, int | None, bool]
"""Criterion and meaning, definition version, whether it is the holistic question."""


@dataclass(frozen=True)
class Question:
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


@dataclass(frozen=True)
class Agreement:
    """How far people agree on one question.

    `ratings` has shape (answers, items), not by judge: which judge gave which answer matters to
    none of the measures. `items` have at least one known answer; `left_out` counts answers that
    were given after others' were seen or a model's shown, and those of guests where they do not
    count. `spread` is alpha without an interval, where only one item has two answers.
    """

    question: Question
    ratings: Ratings
    judges: int
    left_out: int
    pairable: int
    alpha: Measured
    spread: float | None
    raw: Measured
    ac1: Measured

    @property
    def items(self) -> int:
        return int(self.ratings.shape[1])


def questions_of(version: ProtocolVersion) -> dict[Place, Question]:
    """What a version asks, in its order, in the wordings in force. Makes three queries."""
    asked: dict[Place, Question] = {}
    definitions = list(
        version.definitions.select_related("definition").order_by("protocoldefinition__position")
    )
    if version.subject == Subject.PAIR:
        if not definitions:
            asked[None, None, None, False] = Question("plain", "Which is more of reasoning",
                                                      "nominal", 4)  # fmt: skip
        for each in definitions:
            asked[None, None, each.pk, False] = Question(
                direct_key(each), each.definition.name, "nominal", 4
            )
        return asked
    for wording in asked_wordings(version):
        asked[wording.criterion_id, wording.meaning, None, False] = question_to(wording)
    if version.subject == Subject.PROMPT:
        return asked
    if version.asks_holistic:
        asked[None, None, None, True] = Question("holistic", "Would you call this reasoning?")
    for each in definitions:
        asked[None, None, each.pk, False] = Question(direct_key(each), each.definition.name)
    return asked


def question_to(wording: CriterionVersion) -> Question:
    return Question(wording.criterion.key, wording.title)


def direct_key(version: DefinitionVersion) -> str:
    return f"definition-{version.definition.slug}"


def agreement_of(version: ProtocolVersion, *, guests: bool = False) -> list[Agreement]:
    """Agreement between people on every question of a version. Makes four queries.

    Answers count that are in force, were given for items of this version that are not gold, and
    blind, with no model's answer shown. Cannot tell counts as no answer. Adjudications are no
    answers, and no part of it.
    """
    statement = PAIR_PATTERNS if version.subject == Subject.PAIR else PATTERNS
    patterns: dict[Place, list[tuple[list[int], int]]] = defaultdict(list)
    judges: dict[Place, tuple[int, int]] = {}
    rows = fetch(statement, {"version": version.pk, "guests": guests})
    for *place, pattern, number, left_out in rows:
        if pattern is None:
            judges[place_of(place)] = number, left_out
        else:
            patterns[place_of(place)].append((pattern, number))
    return [
        measured(question, ratings_of(patterns[place]), *judges.get(place, (0, 0)))
        for place, question in questions_of(version).items()
    ]


def place_of(row: Sequence[object]) -> Place:
    criterion, meaning, definition, holistic = row
    # The meaning column has a value on every road; only a criterion has one.
    return (criterion, meaning if criterion else None, definition, bool(holistic))  # type: ignore[return-value]


def ratings_of(patterns: Sequence[tuple[Sequence[int], int]]) -> Ratings:
    """Answers as numbers, shape (answers, items), from counts of each answer and of such items."""
    # In an order of their own, so that draws from them with one seed are the same every time.
    known = sorted((pattern, items) for pattern, items in patterns if sum(pattern))
    height = max((sum(pattern) for pattern, _ in known), default=0)
    columns = np.full((height, len(known)), np.nan)
    for place, (pattern, _) in enumerate(known):
        columns[: sum(pattern), place] = np.repeat(np.arange(len(pattern)), pattern)
    return np.repeat(columns, [items for _, items in known], axis=1)


def measured(question: Question, ratings: Ratings, judges: int, left_out: int) -> Agreement:
    alpha = attempt(lambda: alpha_interval(ratings, question.level))
    spread = attempt(lambda: single(krippendorff_alpha(ratings, question.level)))
    return Agreement(
        question=question,
        ratings=ratings,
        judges=judges,
        left_out=left_out,
        pairable=pairable_values(ratings),
        alpha=alpha,
        spread=spread.value.estimate if spread.value else None,
        raw=attempt(lambda: single(raw_agreement(ratings))),
        ac1=attempt(lambda: single(gwet_ac1(ratings, question.categories))),
    )


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

    question: Question
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
