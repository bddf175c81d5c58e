"""Outputs that a judge did before, served again: how steady their answers are.

A repeat is one page of a past item, blank. Its judgment is kept beside the first and is never in
force: no answer of it supersedes another, settles an item or counts in a verdict.
"""

import random
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from evaluations.judgments.items import gold
from evaluations.judgments.items.within import judgeable
from evaluations.judgments.models import Judge, JudgeKind, Judgment, ProtocolVersion, Reveal
from evaluations.measures.intervals import Interval, wilson

FEWEST = 20
"""Items that a judge finishes before the first repeat."""

APART = 10
"""Items that a judge finished since, so that they do not answer from memory."""

REMEMBERED = 500
"""How many of the newest finished items are drawn from."""


@dataclass(frozen=True)
class Share:
    """A share of alike answers among *n* pairs, with its Wilson interval; None below a floor."""

    same: int
    n: int
    fewest: int = 1

    @property
    def interval(self) -> Interval | None:
        return wilson(self.same, self.n) if self.n >= self.fewest else None


def due(version: ProtocolVersion, judge: Judge) -> Judgment | None:
    """The judgment of a page that is to be answered again now; None when no repeat has its turn.

    It comes with the version's share, to signed-in judges alone, and not while they hold an open
    item. The draw stays until the judge saves something, so that a reload brings the same.
    """
    if judge.kind != JudgeKind.PERSON or not version.repeat_share:
        return None
    if gold.draw(version, judge, "repeat") >= version.repeat_share:
        return None
    if judge.leases.filter(item__version=version, is_prefetch=False).exists():
        return None
    finished = list(
        finished_by(version, judge).order_by("-id").values_list("item_id", flat=True)[:REMEMBERED]
    )
    if len(finished) < FEWEST:
        return None
    past = list(repeatable(judge, finished[APART:]))
    return random.Random(f"{judge.pk}:{len(past)}:{finished[0]}").choice(past) if past else None


def finished_by(version: ProtocolVersion, judge: Judge) -> QuerySet[Judgment]:
    """The judgments with which a judge finished items other than gold ones."""
    return Judgment.objects.standing().filter(
        judge=judge, item__version=version, item__is_gold=False, finishes_item=True
    )


def repeatable(judge: Judge, items: list[Any]) -> QuerySet[Judgment]:
    """Pages of these items to be asked again: of each the first that is not about its steps.

    Left out is what was repeated before, was withdrawn, or where others' answers were shown.
    """
    standing = {"output__withdrawn_at": None, "output__run__withdrawn_at": None}
    readable = judgeable(judge)
    pages = Judgment.objects.standing().filter(
        judge=judge, item__in=items, is_repeat=False, output__in=readable, **standing
    )
    repeated = Judgment.objects.filter(judge=judge, item=OuterRef("item"), is_repeat=True)
    seen = Reveal.objects.filter(judge=judge, output=OuterRef("output"))
    return (
        pages.exclude(page="steps")
        .exclude(Exists(repeated))
        .exclude(Exists(seen))
        .select_related("item__version__protocol")
        .order_by("item_id", "position", "id")
        .distinct("item_id")
    )


# The first repeat of a question counts, beside the last answer that was given before it unasked.
PAIRS = """
SELECT judge_id, count(*) FILTER (WHERE same), count(*) FROM (
    SELECT DISTINCT ON (a.judge_id, a.output_id, a.prompt_id, a.criterion_id, a.meaning,
            a.definition_version_id, a.is_holistic)
        a.judge_id, a.value = before.value AS same
    FROM judgments_judgment d JOIN judgments_answer a ON a.judgment_id = d.id
    CROSS JOIN LATERAL (
        SELECT b.value FROM judgments_answer b JOIN judgments_judgment e ON e.id = b.judgment_id
        WHERE b.judge_id = a.judge_id AND b.id < a.id AND NOT e.is_repeat
            AND e.withdrawn_at IS NULL
            AND (b.output_id = a.output_id OR b.prompt_id = a.prompt_id)
            AND b.criterion_id IS NOT DISTINCT FROM a.criterion_id AND b.meaning = a.meaning
            AND b.definition_version_id IS NOT DISTINCT FROM a.definition_version_id
            AND b.is_holistic = a.is_holistic
        ORDER BY b.id DESC LIMIT 1
    ) before
    WHERE d.is_repeat AND d.withdrawn_at IS NULL AND {which}
    ORDER BY a.judge_id, a.output_id, a.prompt_id, a.criterion_id, a.meaning,
        a.definition_version_id, a.is_holistic, a.id
) pairs GROUP BY judge_id
"""
OF_JUDGE = "d.judge_id = %(judge)s"
# The part of a form about the prompt names no item: the part about the output does.
OF_VERSION = """(d.judge_id, d.form_token) IN (
    SELECT f.judge_id, f.form_token FROM judgments_judgment f
    JOIN judgments_item i ON i.id = f.item_id WHERE i.version_id = %(version)s AND f.is_repeat)"""


def consistency(judge: Judge) -> Share:
    """Of a judge's answers to repeats, how many are what they had said. Makes one query."""
    found = shares(OF_JUDGE, {"judge": judge.pk})
    return found.get(judge.pk, Share(0, 0))


def consistency_under(version: ProtocolVersion) -> dict[int, Share]:
    """Judge to the same under one version, for those who met a repeat. Makes one query at most."""
    if not version.repeat_share:
        return {}
    return shares(OF_VERSION, {"version": version.pk})


def shares(which: str, given: dict[str, Any]) -> dict[int, Share]:
    with connection.cursor() as cursor:
        cursor.execute(PAIRS.format(which=which), given)
        return {judge: Share(same, n) for judge, same, n in cursor.fetchall()}
