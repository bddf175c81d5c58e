"""What an edited rule would change: the board before and after, and the outputs that flip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluations.definitions.models import CriterionVersion, DefinitionVersion
from evaluations.leaderboards.board_agreement import doubts_of
from evaluations.leaderboards.matrix import Matrix
from evaluations.leaderboards.standings import (
    Question,
    Reading,
    Ruled,
    Standing,
    reading_of,
    standings_of,
)
from evaluations.rules import criteria
from evaluations.rules.editing import joined, without
from evaluations.runs.models import LanguageModel, Recipe


@dataclass(frozen=True)
class Row:
    """A model and recipe before and after; places count from 1, equal shares share one.

    A place is None where the rule was asked on no output. `doubts` say why the share before and
    the one after should not be leant on; empty where they carry.
    """

    before: Standing
    after: Standing | None
    place_before: int | None
    place_after: int | None
    doubts: tuple[str, str] = ("", "")

    @property
    def moved(self) -> int | None:
        """Places gained, negative for places lost; None unless it has a place on both boards."""
        if self.place_before is None or self.place_after is None:
            return None
        return self.place_before - self.place_after

    @property
    def by(self) -> int:
        return abs(self.moved or 0)


def reading_with(
    version: DefinitionVersion,
    rule: Any,
    absence_policy: str,
    partly_policy: str,
    wordings: Sequence[CriterionVersion],
) -> Reading:
    """An edited rule on what its criteria mean.

    What the version pins stays pinned, so that nothing flips but for the edit; criteria that it
    does not name have the meaning in force.
    """
    pinned = {w.criterion.key: w.meaning for w in version.criterion_versions.all()}
    meaning = {w.criterion.key: w.meaning for w in wordings} | pinned
    return Reading(
        rule=rule,
        columns={key: (key, meaning.get(key, 1)) for key in criteria(rule)},
        absence_policy=absence_policy,
        partly_policy=partly_policy,
    )


def asked_anew(reading: Reading, wordings: Sequence[CriterionVersion]) -> list[CriterionVersion]:
    """Wordings in force that ask a criterion of the rule anew: answers here are to the old one."""
    return [
        wording
        for wording in wordings
        if wording.criterion.key in reading.columns
        and reading.columns[wording.criterion.key][1] != wording.meaning
    ]


def board(
    before: Ruled,
    after: Ruled | None,
    matrix: Matrix,
    question: Question,
    wordings: Mapping[str, CriterionVersion] | None = None,
) -> list[Row]:
    """Every model and recipe under both rules, in the order before. Makes two queries.

    Without a rule after, the places after are unknown.

    Args:
        wordings: of the criteria that a rule under test may name.
    """
    models = LanguageModel.objects.in_bulk(np.unique(matrix.model).tolist())
    recipes = Recipe.objects.in_bulk(np.unique(matrix.recipe).tolist())
    first = standings_of(before, matrix, models, recipes, question)
    second: Sequence[Standing | None] = [None] * len(first)
    if after is not None:
        second = standings_of(after, matrix, models, recipes, question)
    doubts = [
        {} if side is None else doubts_of(side, matrix, question, wordings)
        for side in (before, after)
    ]
    rows = [
        Row(old, new, place, place_after, doubts_about(old, doubts))
        for old, new, place, place_after in zip(
            first, second, places(first), places(second), strict=True
        )
    ]
    return sorted(rows, key=lambda row: (row.place_before is None, row.place_before or 0))


def doubts_about(row: Standing, doubts: Sequence[Mapping[tuple[int, int], str]]) -> tuple[str, str]:
    """Why the share of a row before, and after, is in doubt."""
    before, after = (each.get((row.model.pk, row.recipe.pk), "") for each in doubts)
    return before, after


def record_of(row: Row) -> dict[str, Any]:
    """A row as a flat record; shares are 0 to 1, unknown is None."""
    record: dict[str, Any] = {"model": row.before.model.slug, "recipe": row.before.recipe.slug}
    sides = (
        ("before", row.before, row.place_before, row.doubts[0]),
        ("after", row.after, row.place_after, row.doubts[1]),
    )
    for side, standing, place, doubt in sides:
        asked = standing is not None and standing.tally.n > 0
        interval = standing.interval if standing is not None else None
        record |= {
            f"{side}_place": place,
            f"{side}_share": standing.tally.share if standing is not None else None,
            f"{side}_low": interval.low if interval else None,
            f"{side}_high": interval.high if interval else None,
            f"{side}_n": standing.tally.n if standing is not None else 0,
            f"{side}_in_doubt": doubt if asked else "",
        }
    return record


TABLES = ("outputs", "board")
"""What a CSV file holds: the outputs on which two rules part, or both boards."""
BOARD_COLUMNS = (
    "model",
    "recipe",
    *(
        f"{side}_{name}"
        for side in ("before", "after")
        for name in ("place", "share", "low", "high", "n", "in_doubt")
    ),
)


def places(standings: Sequence[Standing | None]) -> list[int | None]:
    """1 + the number of rows with a higher share; None for those that were not asked."""
    shares = [row.tally.share if row is not None else None for row in standings]
    known = sorted(share for share in shares if share is not None)
    return [
        None if share is None else 1 + len(known) - int(np.searchsorted(known, share, "right"))
        for share in shares
    ]


@dataclass(frozen=True)
class QuickEdit:
    """One criterion of the rule before or after, and the rules that one press would give.

    `toggled` leaves it out, or puts it back; None where nothing would be left. `negated` asks
    for its opposite; None where it is not in the rule.
    """

    key: str
    title: str
    inside: bool
    toggled: Any | None
    negated: Any | None


def quick_edits(before: Any, after: Any, titles: Mapping[str, str]) -> list[QuickEdit]:
    """The criteria of both rules, each with its quick edits."""
    inside = criteria(after)
    found = []
    for key in dict.fromkeys((*criteria(before), *inside)):
        found.append(
            QuickEdit(
                key=key,
                title=titles.get(key) or key.replace("-", " "),
                inside=key in inside,
                toggled=without(after, key) if key in inside else put_back(before, after, key),
                negated=negated(after, key) if key in inside else None,
            )
        )
    return found


def put_back(before: Any, after: Any, key: str) -> Any:
    """The rule with a criterion of the rule before in it again.

    At its old place where nothing but leaving out was done; else beside all the rest.
    """
    gone = [other for other in criteria(before) if other not in criteria(after)]
    if without_all(before, gone) == after:
        return without_all(before, [other for other in gone if other != key])
    return joined("all", after, key)


def without_all(rule: Any, keys: Sequence[str]) -> Any | None:
    """The rule without any mention of some criteria; None when nothing is left."""
    for key in keys:
        if rule is None:
            return None
        rule = without(rule, key)
    return rule


def negated(rule: Any, key: str) -> Any:
    """The rule with every mention of a criterion turned into its opposite."""
    if isinstance(rule, str):
        return {"not": rule} if rule == key else rule
    if rule.get("not") == key:
        return key
    return {
        name: part
        if name == "at_least"
        else [negated(entry, key) for entry in part]
        if isinstance(part, list)
        else negated(part, key)
        for name, part in rule.items()
    }


def compact(rule: Any) -> str:
    """A rule as JSON without spaces, for a URL."""
    return json.dumps(rule, separators=(",", ":"))


def same_reading(one: Ruled, other: Ruled) -> bool:
    """Whether two readings have one rule, the same meanings and the same policies."""
    a, b = reading_of(one), reading_of(other)
    return (a.rule, dict(a.columns), a.absence_policy, a.partly_policy) == (
        b.rule,
        dict(b.columns),
        b.absence_policy,
        b.partly_policy,
    )
