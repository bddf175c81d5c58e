"""Judges who are odd: signs that somebody may not judge as others do. A person has to look."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from evaluations.judgments.models import Judge, SetAside
from evaluations.judgments.querysets import is_aside, is_guarded
from evaluations.judgments.review.progress import fetch

LOOKED_AT = dt.timedelta(days=30)
NEW = dt.timedelta(days=7)
ENOUGH_FORMS = 5
ENOUGH_PAIRS = 20
FAR = 0.5
FASTEST = 50.0
"""Characters a second: twice what people usually read."""

# Only the first page of an item: on the others the output is known already. Moderators are among
# everybody: what is not public is in none of their figures.
FORMS = f"""
SELECT d.judge_id, count(*), count(DISTINCT r.model_id),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.seconds),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY length(o.text) / nullif(d.seconds, 0)),
    max(d.created_at), count(*) FILTER (WHERE d.way = 'chosen')
FROM judgments_judgment d JOIN judgments_judge j ON j.id = d.judge_id AND j.kind <> 'model'
    JOIN runs_output o ON o.id = d.output_id JOIN runs_run r ON r.id = o.run_id
WHERE d.withdrawn_at IS NULL AND NOT d.is_repeat AND d.created_at > %(since)s
    AND coalesce(d.position, 1) = 1 AND NOT {is_guarded("d")}
GROUP BY d.judge_id
"""
# With everybody else who is not set aside, on the same questions about the same outputs.
ALIKE = f"""
SELECT a.judge_id, count(*) FILTER (WHERE a.value = o.value), count(*)
FROM judgments_answer a JOIN judgments_answer o ON o.output_id = a.output_id
    AND o.criterion_id = a.criterion_id AND o.meaning = a.meaning AND o.is_current
    AND o.judge_id <> a.judge_id AND o.value <> 'cannot-tell'
    JOIN judgments_judge j ON j.id = o.judge_id AND j.kind <> 'model'
    JOIN judgments_judgment m ON m.id = a.judgment_id
    JOIN judgments_judgment n ON n.id = o.judgment_id
WHERE a.judge_id = ANY(%(judges)s) AND a.is_current AND a.value <> 'cannot-tell'
    AND NOT {is_aside("o")} AND NOT {is_guarded("m")} AND NOT {is_guarded("n")}
GROUP BY a.judge_id
"""
COLUMNS = (
    "judge", "kind", "signs", "days", "forms", "models", "seconds", "characters_a_second",
    "agreement", "pairs", "chosen", "last", "set_aside",
)  # fmt: skip


@dataclass(frozen=True)
class OddJudge:
    """What one judge did in the last `LOOKED_AT`.

    `days` since they signed up, `seconds` and `speed` (characters a second) medians over outputs,
    `alike` of `pairs` answers the same as another's.
    """

    judge: Judge
    days: int
    forms: int
    models: int
    seconds: float | None
    speed: float | None
    last: dt.datetime
    chosen: int
    alike: int
    pairs: int
    asides: Sequence[SetAside]

    @property
    def label(self) -> str:
        return self.judge.user.get_username() if self.judge.user else f"guest {self.judge.pk}"

    @property
    def agreement(self) -> float | None:
        return self.alike / self.pairs if self.pairs else None

    @property
    def signs(self) -> list[str]:
        """In words, what is odd about them."""
        found = {
            "new account": self.days < NEW.days,
            "one model only": self.models == 1 and self.forms >= ENOUGH_FORMS,
            "faster than reading": self.speed is not None and self.speed > FASTEST,
            "far from the others": self.pairs >= ENOUGH_PAIRS and self.alike < FAR * self.pairs,
            "many chosen outputs": self.forms >= ENOUGH_FORMS and self.chosen * 2 > self.forms,
        }
        return [sign for sign, holds in found.items() if holds]

    def record(self) -> dict[str, Any]:
        plain = ("days", "forms", "models", "seconds", "agreement", "pairs", "chosen", "last")
        return {
            "judge": self.judge.pk,
            "kind": self.judge.kind,
            "signs": "; ".join(self.signs),
            **{name: getattr(self, name) for name in plain},
            "characters_a_second": self.speed,
            "set_aside": "; ".join(map(str, self.asides)),
        }


ORDERS: dict[str, Callable[[OddJudge], float]] = {
    "signs": lambda it: -len(it.signs),
    "days": lambda it: it.days,
    "forms": lambda it: -it.forms,
    "models": lambda it: it.models,
    "seconds": lambda it: it.seconds if it.seconds is not None else 1e9,
    "speed": lambda it: -(it.speed or 0),
    "chosen": lambda it: -it.chosen,
    "agreement": lambda it: it.agreement if it.agreement is not None else 2,
}
"""The oddest first, by each column."""


def odd_judges(order: str = "signs") -> list[OddJudge]:
    """People and guests who judged outputs lately, the oddest first. Makes four queries."""
    now = timezone.now()
    forms = {row[0]: row[1:] for row in fetch(FORMS, {"since": now - LOOKED_AT})}
    alike = {row[0]: row[1:] for row in fetch(ALIKE, {"judges": list(forms)})}
    asides = SetAside.objects.in_force().by_judge()
    found = []
    for judge in Judge.objects.select_related("user").filter(pk__in=forms).order_by("pk"):
        begun = judge.user.date_joined if judge.user else judge.created_at
        pairs = alike.get(judge.pk, (0, 0))
        days = (now - begun).days
        figures: tuple[Any, ...] = (*forms[judge.pk], *pairs, asides[judge.pk])
        found.append(OddJudge(judge, days, *figures))
    return sorted(found, key=ORDERS.get(order, ORDERS["signs"]))
