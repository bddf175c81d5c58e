"""Answers as arrays, which of them count, and which outputs are looked at."""

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from evaluations.rules.answers import NO, PARTLY, UNKNOWN, YES, Codes

Column = tuple[str, int]
"""A criterion's key and the number of its meaning: wordings that mean the same share one."""

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[Any]
"""How often each code was given about each subject: unsigned, shape (subjects, 4)."""

About = str
"""What answers are about: "output", "prompt", or "direct" for an output under a definition."""

Asking = tuple[About, str, int]
"""A column with what it is about; for "direct" the number is that of the definition version."""

GUEST, PERSON, MODEL, GUEST_NOT_COUNTED = 0, 1, 2, 3
KINDS = {
    "guest": GUEST,
    "person": PERSON,
    "model": MODEL,
    "guest not counted": GUEST_NOT_COUNTED,
}

SERVED, CHOSEN, UNKNOWN_WAY = 0, 1, 2
"""How what is judged came to its judge."""

JUDGES = {"people": [PERSON], "guests": [PERSON, GUEST], "models": [MODEL]}
"""Whose answers count together: signed-in people, with guests or without, or model judges."""


@dataclass(frozen=True)
class Selection:
    """Which answers count. The default is current, blind, by signed-in people.

    `judges` is one of `JUDGES`: people and model judges are never put together. `apart` brings in
    what is set apart (`judgments/querysets.py`), `chosen` what judges opened by its own address.
    `protocol` is the key of the only protocol that counts; `since` and `until` are the first and
    the last day of saving, in UTC.
    """

    judges: str = "people"
    unblinded: bool = False
    apart: bool = False
    chosen: bool = False
    also_judge: int | None = None
    protocol: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def kinds(self) -> list[int]:
        """The kinds of judge that count."""
        return JUDGES[self.judges]


@dataclass(frozen=True)
class Scope:
    """Which outputs are looked at; None and "" leave them all.

    `people`: whether what people wrote is a row too. None where nothing says so, and then it is
    none: no sentence about models speaks of it.
    """

    domain: str = ""
    prompt_set: int | None = None
    model: int | None = None
    recipe: int | None = None
    run: int | None = None
    people: bool | None = None


@dataclass(frozen=True)
class Answers:
    """Answers to one column about outputs or about prompts; all arrays have shape (rows,).

    `row` is the key of the stored answer, `protocol` 0 for judging outside any, `day` the
    number of the day of saving since 1 January 1970.
    """

    subject: Integers
    judge: Integers
    kind: npt.NDArray[np.int8]
    blind: Flags
    apart: Flags
    way: npt.NDArray[np.int8]
    value: Codes
    row: Integers
    protocol: Integers
    day: Integers

    def mask(self, selection: Selection) -> Flags:
        """True for the rows that the selection counts."""
        counted: Flags = np.isin(self.kind, selection.kinds)
        if not selection.unblinded:
            counted &= self.blind
        if not selection.apart:
            counted &= ~self.apart
        if not selection.chosen:
            counted &= self.way != CHOSEN
        if selection.protocol is not None:
            counted &= self.protocol == selection.protocol
        if selection.since is not None:
            counted &= self.day >= day_number(selection.since)
        if selection.until is not None:
            counted &= self.day <= day_number(selection.until)
        if selection.also_judge is not None:
            counted |= self.judge == selection.also_judge
        return counted

    def only(self, rows: Flags | Integers) -> "Answers":
        """The rows of a mask, or with these numbers."""
        return Answers(
            self.subject[rows],
            self.judge[rows],
            self.kind[rows],
            self.blind[rows],
            self.apart[rows],
            self.way[rows],
            self.value[rows],
            self.row[rows],
            self.protocol[rows],
            self.day[rows],
        )

    def counted(self, selection: Selection) -> "Answers":
        """The rows that the selection counts."""
        return self.only(self.mask(selection))

    @cached_property
    def by_judge(self) -> "dict[int, Answers]":
        """Each judge's rows."""
        order = np.argsort(self.judge, kind="stable")
        judges, starts = np.unique(self.judge[order], return_index=True)
        pieces = np.split(order, starts[1:])
        return {int(judge): self.only(rows) for judge, rows in zip(judges, pieces, strict=False)}

    def of_judge(self, judge: int) -> "Answers":
        """One judge's rows, perhaps none."""
        return self.by_judge.get(judge) or self.only(np.zeros(len(self.judge), np.bool_))


@dataclass(frozen=True)
class Combined:
    """One column over all outputs: the combined answer, and whether anybody was asked."""

    codes: Codes
    asked: Flags

    def at(self, places: npt.NDArray[np.integer[Any]] | Flags) -> "Combined":
        """The same for these subjects, in their order."""
        return Combined(self.codes[places], self.asked[places])

    def over(self, other: "Combined") -> "Combined":
        """These answers, and where there are none the others."""
        return Combined(np.where(self.asked, self.codes, other.codes), self.asked | other.asked)


def median_of_counts(counts: Counts) -> Combined:
    """The lower median of the known answers of each subject; shape (subjects,).

    As `rules.combine_judges_grouped`, from counts that are kept.
    """
    no, partly, yes, unknown = (counts[:, code].astype(np.int32) for code in (NO, PARTLY, YES, 3))
    known = no + partly + yes
    codes = (2 * no < known).astype(np.int8) + (2 * (no + partly) < known).astype(np.int8)
    return Combined(np.where(known > 0, codes, np.int8(UNKNOWN)), known + unknown > 0)


def day_number(day: dt.date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - dt.date(1970, 1, 1).toordinal()


Made = TypeVar("Made")


class Kept(dict[Any, Any]):
    """The *limit* results that were last put in or asked for, safe among threads.

    Whoever found that a key is in it will get its value: what was just asked for goes last.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self._clock = itertools.count()
        self._asked: dict[Any, int] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        self._asked[key] = next(self._clock)
        super().__setitem__(key, value)
        if len(self) > self.limit:
            # A quarter at once, so that not every new result looks for the oldest.
            oldest = sorted(self._asked.copy().items(), key=lambda item: item[1])
            for old, _ in oldest[: self.limit // 4 + 1]:
                self.pop(old, None)
                self._asked.pop(old, None)

    def __contains__(self, key: Any) -> bool:
        found = super().__contains__(key)
        if found:
            self._asked[key] = next(self._clock)
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key, default) if key in self else default

    def once(self, key: Any, make: Callable[[], Made]) -> Made:
        """What is kept under *key*; where nothing is, what *make* gives."""
        if key not in self:
            self[key] = make()
        found: Made = self[key]
        return found
