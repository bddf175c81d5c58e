"""How a protocol's version goes, for those who run it: progress, judges, gold items."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluations.definitions.models import CriterionVersion
from evaluations.judgments.items import carried, repeats
from evaluations.judgments.models import (
    Item,
    Judge,
    JudgeKind,
    Lease,
    ProtocolVersion,
    SetAside,
    Subject,
)
from evaluations.judgments.review.columns import Flags, Integers, integer_columns
from evaluations.measures.intervals import Interval, wilson

RECENT = timedelta(days=7)
SHORTEST = timedelta(days=1)
"""A pace is not taken from less time than this: the first hour would promise too much."""


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that a statement gives. Makes one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# Progress ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemProgress:
    """Items that are not gold by how far they are, and the judgments they have and need.

    `begun` turns of earlier versions stand, of which only what is new is left to ask.
    `recent` judges finished an item in the last `RECENT`, or since the first judgment, which
    `days` says; surplus and gold are in neither.
    """

    items: int
    untouched: int
    part: int
    finished: int
    done: int
    needed: int
    gold: int
    held: int
    surplus: int
    begun: int
    recent: int
    days: float
    now: datetime

    @property
    def pace(self) -> float:
        """Items finished by a judge, a day."""
        return self.recent / self.days if self.days else 0.0

    @property
    def missing(self) -> int:
        return max(self.needed - self.done, 0)

    @property
    def done_by(self) -> datetime | None:
        """When all is done at this pace; None where nothing is missing or nobody judges."""
        days = self.missing / self.pace if self.pace else 0
        # Beyond a century a date says nothing.
        return self.now + timedelta(days=days) if 0 < days < 36_525 else None


# Models are asked outside of the queue and hold no place in it.
WORK = """
SELECT d.judge_id, d.item_id, date_part('epoch', d.created_at) * 1000000,
    coalesce(round(d.seconds * 1000), 0)::bigint * 8 + d.finishes_item::int * 4
        + d.is_surplus::int * 2 + i.is_gold::int
FROM judgments_item i JOIN {table} d ON d.item_id = i.id AND d.withdrawn_at IS NULL
WHERE i.version_id = %(version)s
"""
OF_PAIRS = WORK.format(table="judgments_comparison")
OF_ONE = WORK.format(table="judgments_judgment") + " AND NOT d.is_repeat"


@dataclass(frozen=True)
class Work:
    """What was saved for a version's items, repeats apart, in columns of shape (forms,).

    `spent` in milliseconds, `saved` in microseconds since 1970.
    """

    judge: Integers
    item: Integers
    spent: Integers
    finished: Flags
    surplus: Flags
    saved: Integers
    gold: Flags


def work_under(version: ProtocolVersion) -> Work:
    """Makes one query."""
    statement = OF_PAIRS if version.subject == Subject.PAIR else OF_ONE
    judge, item, saved, packed = integer_columns(statement, {"version": version.pk}, 4)
    finished, surplus, gold = ((packed >> bit & 1).astype(np.bool_) for bit in (2, 1, 0))
    return Work(judge, item, packed >> 3, finished, surplus, saved, gold)


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC) + timedelta(
        microseconds=microseconds % 1_000_000
    )


def standing_of(version: ProtocolVersion, work: Work | None = None) -> ItemProgress:
    """Makes three queries, however many items there are; two where the work was read before."""
    ordinary = Q(is_gold=False)
    counted = Item.objects.filter(version=version).aggregate(
        items=Count("pk", filter=ordinary),
        untouched=Count("pk", filter=ordinary & Q(done=0)),
        finished=Count("pk", filter=ordinary & Q(done__gte=F("needed"))),
        done=Coalesce(Sum("done", filter=ordinary), 0),
        needed=Coalesce(Sum("needed", filter=ordinary), 0),
        gold=Count("pk", filter=~ordinary),
    )
    now = timezone.now()
    held = Lease.objects.filter(item__version=version, is_prefetch=False, expires_at__gt=now)
    work = work or work_under(version)
    ordinary_saves = work.saved[~work.gold]
    window = timedelta()
    if ordinary_saves.size:
        window = min(max(now - moment(int(ordinary_saves.min())), SHORTEST), RECENT)
    since = int((now - RECENT).timestamp() * 1_000_000)
    recent = work.finished & ~work.surplus & ~work.gold & (work.saved > since)
    return ItemProgress(
        **counted,
        part=counted["items"] - counted["untouched"] - counted["finished"],
        held=held.count(),
        surplus=int((work.surplus & ~work.gold).sum()),
        begun=carried.waiting(version),
        recent=int(recent.sum()),
        days=window / timedelta(days=1),
        now=now,
    )


# Gold --------------------------------------------------------------------------------------------

# The first answer counts, also where it was undone: afterwards the expected one may have been told.
# Nothing counts of those who have withdrawn all that they said.
GOLD = """
SELECT judge_id, criterion_id, count(*) FILTER (WHERE value = expected), count(*) FROM (
    SELECT DISTINCT ON (a.judge_id, g.id) a.judge_id, g.criterion_id, a.value, g.value AS expected
    FROM judgments_goldanswer g
        JOIN judgments_item i ON i.id = g.item_id AND i.is_gold
        JOIN definitions_criterionversion w ON w.id = g.criterion_version_id
        LEFT JOIN runs_output o ON o.id = i.output_id
        JOIN judgments_judgment d ON d.item_id = i.id
        JOIN judgments_judgment s ON s.judge_id = d.judge_id AND s.form_token = d.form_token
        JOIN judgments_answer a ON a.judgment_id = s.id AND a.criterion_id = g.criterion_id
            AND a.meaning = w.meaning
            AND (a.output_id = i.output_id OR a.prompt_id = coalesce(i.prompt_id, o.prompt_id))
        JOIN judgments_judge j ON j.id = a.judge_id AND j.kind <> 'model'
    WHERE i.version_id = %(version)s AND EXISTS (
        SELECT FROM judgments_judgment l WHERE l.judge_id = d.judge_id AND l.withdrawn_at IS NULL)
    ORDER BY a.judge_id, g.id, a.id
) first GROUP BY judge_id, criterion_id
"""


@dataclass(frozen=True)
class Accuracy:
    """Answers to gold items: `right` of `asked` are the expected one."""

    right: int = 0
    asked: int = 0

    def __add__(self, other: "Accuracy") -> "Accuracy":
        return Accuracy(self.right + other.right, self.asked + other.asked)

    @property
    def interval(self) -> Interval | None:
        """Wilson's at 95 %; None where nothing was asked."""
        return wilson(self.right, self.asked) if self.asked else None


@dataclass(frozen=True)
class Gold:
    """Accuracy on gold items, by judge and by criterion."""

    by_judge: Mapping[int, Accuracy]
    by_criterion: Mapping[int, Accuracy]

    def on(self, wording: CriterionVersion) -> Accuracy:
        return self.by_criterion.get(wording.criterion_id, Accuracy())


def gold_accuracy(version: ProtocolVersion) -> Gold:
    """Makes two queries at most."""
    if not Item.objects.filter(version=version, is_gold=True).exists():
        return Gold({}, {})
    judges: dict[int, Accuracy] = defaultdict(Accuracy)
    criteria: dict[int, Accuracy] = defaultdict(Accuracy)
    for judge, criterion, right, asked in fetch(GOLD, {"version": version.pk}):
        judges[judge] += Accuracy(right, asked)
        criteria[criterion] += Accuracy(right, asked)
    return Gold(judges, criteria)


# Judges ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JudgeRow:
    """One judge under a version. `seconds`: median for an item finished, idle time taken out."""

    pk: int
    label: str
    kind: str
    items: int
    forms: int
    surplus: int
    seconds: float | None
    first: datetime
    last: datetime
    gold: Accuracy
    steady: repeats.Share
    asides: Sequence[SetAside] = ()

    @property
    def is_guest(self) -> bool:
        return self.kind == JudgeKind.GUEST


def judges_of(
    version: ProtocolVersion, gold: Gold, work: Work | None = None, *, named: bool
) -> list[JudgeRow]:
    """Judges in the order of their first judgment. Makes four queries, or three.

    Args:
        work: the version's, where it was read before.
        named: by user name, where they have one, instead of by number.
    """
    work = work or work_under(version)
    steady = repeats.consistency_under(version)
    people = Judge.objects.select_related("user").only("kind", "user__username")
    judges = people.in_bulk(np.unique(work.judge).tolist())
    firsts = {int(judge): int(work.saved[work.judge == judge].min()) for judge in judges}
    asides = SetAside.objects.in_force().under(version.protocol).by_judge()
    found = []
    for number, pk in enumerate(sorted(firsts, key=lambda pk: (firsts[pk], pk)), 1):
        mine = work.judge == pk
        user = judges[pk].user
        items, turn = np.unique(work.item[mine], return_inverse=True)
        finished, surplus = (
            np.bincount(turn, flags[mine], minlength=items.size) > 0
            for flags in (work.finished, work.surplus)
        )
        spent = np.bincount(turn, work.spent[mine], minlength=items.size)
        timed = spent[finished & (spent > 0)]
        found.append(
            JudgeRow(
                pk=pk,
                label=user.get_username() if named and user else f"Judge {number}",
                kind=judges[pk].kind,
                items=int(finished.sum()),
                forms=int(mine.sum()),
                surplus=int(surplus.sum()),
                seconds=float(np.median(timed)) / 1000 if timed.size else None,
                first=moment(firsts[pk]),
                last=moment(int(work.saved[mine].max())),
                gold=gold.by_judge.get(pk, Accuracy()),
                steady=steady.get(pk, repeats.Share(0, 0)),
                asides=asides[pk],
            )
        )
    return found
