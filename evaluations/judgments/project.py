"""How a protocol's version goes, for those who run it: progress, judges, gold items."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from evaluations.accounts.models import Role, User
from evaluations.definitions.models import CriterionVersion
from evaluations.judgments import repeats
from evaluations.judgments.models import Item, JudgeKind, Lease, Protocol, ProtocolVersion
from evaluations.measures.intervals import Interval, wilson

Visiting = User | AnonymousUser

RECENT = timedelta(days=7)
SHORTEST = timedelta(days=1)
"""A pace is not taken from less time than this: the first hour would promise too much."""


def may_oversee(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may read how a protocol goes: its owner, and staff."""
    return isinstance(user, User) and (user.is_staff or protocol.owner_id == user.pk)


def may_adjudicate(protocol: Protocol, user: Visiting) -> bool:
    """Whether *user* may decide what judges disagree on: owner, staff, moderators."""
    return may_oversee(protocol, user) or (isinstance(user, User) and user.role == Role.MODERATOR)


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that a statement gives. Makes one query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# Progress ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """Items that are not gold by how far they are, and the judgments they have and need.

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


# Both kinds of judgment; models are asked outside of the queue and hold no place in it.
WORK = """
work AS (
    SELECT d.id, d.judge_id, d.item_id, d.seconds, d.finishes_item, d.is_surplus, d.created_at
    FROM judgments_judgment d JOIN judgments_item i ON i.id = d.item_id
    WHERE i.version_id = %(version)s AND d.withdrawn_at IS NULL AND NOT d.is_repeat
    UNION ALL
    SELECT c.id, c.judge_id, c.item_id, c.seconds, c.finishes_item, c.is_surplus, c.created_at
    FROM judgments_comparison c JOIN judgments_item i ON i.id = c.item_id
    WHERE i.version_id = %(version)s AND c.withdrawn_at IS NULL
)
"""
PACE = f"""
WITH {WORK}
SELECT count(*) FILTER (WHERE w.is_surplus),
    count(*) FILTER (WHERE w.finishes_item AND NOT w.is_surplus AND w.created_at > %(since)s),
    min(w.created_at)
FROM work w JOIN judgments_item i ON i.id = w.item_id WHERE NOT i.is_gold
"""


def standing_of(version: ProtocolVersion) -> Standing:
    """Makes three queries, however many items there are."""
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
    ((surplus, recent, first),) = fetch(PACE, {"version": version.pk, "since": now - RECENT})
    window = min(max(now - first, SHORTEST), RECENT) if first else timedelta()
    return Standing(
        **counted,
        part=counted["items"] - counted["untouched"] - counted["finished"],
        held=held.count(),
        surplus=surplus,
        recent=recent,
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
    """Makes one query."""
    judges: dict[int, Accuracy] = defaultdict(Accuracy)
    criteria: dict[int, Accuracy] = defaultdict(Accuracy)
    for judge, criterion, right, asked in fetch(GOLD, {"version": version.pk}):
        judges[judge] += Accuracy(right, asked)
        criteria[criterion] += Accuracy(right, asked)
    return Gold(judges, criteria)


# Judges ------------------------------------------------------------------------------------------

JUDGES = f"""
WITH {WORK}, turns AS (
    SELECT judge_id, item_id, sum(seconds) AS seconds, bool_or(finishes_item) AS finished,
        bool_or(is_surplus) AS surplus, count(*) AS forms, min(created_at) AS first,
        max(created_at) AS last
    FROM work GROUP BY judge_id, item_id
)
SELECT j.id, j.kind, coalesce(u.username, ''), count(*) FILTER (WHERE t.finished), sum(t.forms),
    count(*) FILTER (WHERE t.surplus),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY t.seconds)
        FILTER (WHERE t.finished AND t.seconds > 0),
    min(t.first), max(t.last)
FROM turns t JOIN judgments_judge j ON j.id = t.judge_id LEFT JOIN accounts_user u ON u.id = j.user_id
GROUP BY j.id, u.username ORDER BY min(t.first), j.id
"""  # noqa: E501 - one line a clause reads better


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

    @property
    def is_guest(self) -> bool:
        return self.kind == JudgeKind.GUEST


def judges_of(version: ProtocolVersion, gold: Gold, *, named: bool) -> list[JudgeRow]:
    """Judges in the order of their first judgment. Makes two queries.

    Args:
        named: by user name, where they have one, instead of by number.
    """
    found = []
    rows = fetch(JUDGES, {"version": version.pk})
    steady = repeats.consistency_under(version)
    for number, (pk, kind, name, items, forms, surplus, seconds, first, last) in enumerate(rows, 1):
        label = name if named and name else f"Judge {number}"
        accuracy = gold.by_judge.get(pk, Accuracy())
        found.append(
            JudgeRow(
                pk, label, kind, items, int(forms), surplus, seconds, first, last, accuracy,
                steady.get(pk, repeats.Share(0, 0)),
            )
        )  # fmt: skip
    return found
