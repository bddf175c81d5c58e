"""What grading anew changed in a run: which grades went where, and by which versions."""

import datetime as dt
from collections import Counter
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from evaluations.runs.models import Grade, Run


class Move(NamedTuple):
    """So many outputs went from one score to another on a day; None is not graded."""

    day: dt.date
    versions: str
    before: float | None
    after: float | None
    outputs: int

    @property
    def in_words(self) -> str:
        if self.before == self.after:
            return f"{said(self.before)}, as before"
        return f"from {said(self.before)} to {said(self.after)}"

    def record(self) -> dict[str, Any]:
        """As a record for JSON."""
        return {
            "on": self.day.isoformat(),
            "by": self.versions,
            "before": self.before,
            "after": self.after,
            "outputs": self.outputs,
        }


def moves_in(run: Run) -> list[Move]:
    """What was graded anew in a run, the newest first. One query where nothing was, else two."""
    earlier = Grade.objects.filter(output__run=run, is_current=False)
    if not earlier.exists():
        return []
    grades = Grade.objects.filter(output__in=earlier.values("output")).order_by("output", "id")
    found: Counter[tuple[dt.date, str, float | None, float | None]] = Counter()
    for _, rows in groupby(grades.iterator(), key=attrgetter("output_id")):
        for before, after in pairwise(rows):
            found[after.created_at.date(), after.versions, before.score, after.score] += 1
    moves = [Move(*key, outputs) for key, outputs in found.items()]
    return sorted(moves, key=lambda move: (move.day, move.outputs), reverse=True)


def said(score: float | None) -> str:
    """A score in words."""
    if score is None:
        return "not graded"
    return {0.0: "wrong", 1.0: "right"}.get(score, f"{score:g}")
