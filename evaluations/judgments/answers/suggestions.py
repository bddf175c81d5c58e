"""A model judge's answers shown to people first, for a random share; and what that does.

Off unless a protocol names the judge and a share. Where suggestions are on, the draw for each
judge and item is fixed by a hash, so that reloading or a second tab changes nothing, and both
arms are recorded with the judgment. Answers of the arm that hides them never leave this module.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import connection

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.models import Answer, Judge, ProtocolVersion
from evaluations.judgments.querysets import set_apart
from evaluations.measures.differences import clustered_difference, difference_of
from evaluations.measures.intervals import Interval, prompt_clustered
from evaluations.runs.models import Output


@dataclass(frozen=True)
class Suggestion:
    """A model judge has answered the whole page. `answers` (criterion key to value) is empty
    in the arm that hides them."""

    shown: bool
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SuggestionEffect:
    """How often people answered as the model judge did, where they saw its answers or not.

    Counts are of judgments and of answers; shares are of answers. The difference is missing
    while an arm is empty or both come from one judge and one item.
    """

    shown: int = 0
    hidden: int = 0
    answers_shown: int = 0
    answers_hidden: int = 0
    agreement_shown: float | None = None
    agreement_hidden: float | None = None
    difference: Interval | None = None
    clustered_by: str = ""


def suggestion_for(
    version: ProtocolVersion,
    judge: Judge | None,
    output: Output,
    wordings: Sequence[CriterionVersion],
) -> Suggestion | None:
    """What a judge is suggested on a page; None where there is nothing to show or to hide.

    That is where suggestions are off, the judge is not known yet (a guest before the first
    save), is no person, or the model judge did not answer every question of the page in the
    present meaning. One query where they are on.
    """
    if version.suggestion_judge_id is None or not version.suggestion_share:
        return None
    if judge is None or judge.language_model_id is not None or not wordings:
        return None
    given = {
        (answer.criterion_id, answer.meaning): answer.value
        for answer in Answer.objects.on(output)
        .filter(judge=version.suggestion_judge_id, judgment__withdrawn_at=None)
        .computed()
        .to(wordings)
    }
    answers = {}
    for wording in wordings:
        value = given.get((wording.criterion_id, wording.meaning))
        if value is None:
            return None
        answers[wording.criterion.key] = value
    if not drawn(version, judge, output):
        return Suggestion(False)
    return Suggestion(True, answers)


def drawn(version: ProtocolVersion, judge: Judge, output: Output) -> bool:
    """Whether this judge sees suggestions on this output: true for the version's share."""
    text = f"suggestion:{version.pk}:{judge.pk}:{output.pk}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return number * 100 < version.suggestion_share << 64


# People's answers as they were first saved with the page, later changes left out, beside what the
# model judge answers to the same question now.
PAIRS = f"""
SELECT d.id, d.suggestion_shown, d.judge_id, d.item_id, a.value = m.value
FROM judgments_judgment d
    JOIN judgments_item i ON i.id = d.item_id
    JOIN judgments_judge j ON j.id = d.judge_id AND j.kind <> 'model'
    JOIN judgments_answer a ON a.judgment_id = d.id AND a.criterion_id IS NOT NULL
    JOIN judgments_answer m ON m.judge_id = %(model)s AND m.is_current
        AND m.criterion_id = a.criterion_id AND m.meaning = a.meaning
        AND m.output_id IS NOT DISTINCT FROM a.output_id
        AND m.prompt_id IS NOT DISTINCT FROM a.prompt_id
WHERE i.version_id = %(version)s AND d.suggestion_shown IS NOT NULL
    AND d.withdrawn_at IS NULL AND d.blind AND NOT {set_apart("d")}
    AND (j.kind <> 'guest' OR d.guest_check = 'counted')
    AND NOT EXISTS (
        SELECT FROM judgments_judgment e WHERE e.item_id = d.item_id AND e.judge_id = d.judge_id
            AND e.page = d.page AND e.id < d.id AND e.withdrawn_at IS NULL)
ORDER BY d.id
"""


def effect(version: ProtocolVersion) -> SuggestionEffect | None:
    """What showing suggestions did under a protocol version; None where they are off.

    The difference in agreement with the model judge, shown minus hidden, with a 95 % interval
    that allows for answers alike within a judge and within an item: the wider of the two
    (`clustered_difference`). Where both have no width, as when all agree, it rests on the
    judgments of each arm instead (`difference_of`). One query.
    """
    if version.suggestion_judge_id is None or not version.suggestion_share:
        return None
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, {"model": version.suggestion_judge_id, "version": version.pk})
        rows = cursor.fetchall()
    if not rows:
        return SuggestionEffect()
    judgment, shown, judge, item, agrees = (np.array(column) for column in zip(*rows, strict=True))
    shown = shown.astype(np.bool_)
    agrees = agrees.astype(np.float64)
    intervals = {
        name: clustered_difference(agrees, shown, labels)
        for name, labels in (("judge", judge), ("item", item))
        if shown.any() and not shown.all() and np.unique(labels).size > 1
    }
    wider = max(intervals, key=lambda name: width(intervals[name]), default="")
    if wider and width(intervals[wider]) < 1e-9:
        wider = "judgment"
        intervals[wider] = difference_of(
            prompt_clustered(agrees[shown], judgment[shown]),
            prompt_clustered(agrees[~shown], judgment[~shown]),
        )
    return SuggestionEffect(
        shown=int(np.unique(judgment[shown]).size),
        hidden=int(np.unique(judgment[~shown]).size),
        answers_shown=int(shown.sum()),
        answers_hidden=int((~shown).sum()),
        agreement_shown=float(agrees[shown].mean()) if shown.any() else None,
        agreement_hidden=float(agrees[~shown].mean()) if not shown.all() else None,
        difference=intervals.get(wider),
        clustered_by=wider,
    )


def width(interval: Interval) -> float:
    return interval.high - interval.low
