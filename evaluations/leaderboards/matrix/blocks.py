"""How answers lie in memory: forms that asked the same questions in the same order, together.

A form's answers have consecutive keys, so a form costs its judge, subject, protocol and day once,
and one byte an answer. Everything here is immutable to readers: a change makes a new object that
shares what stayed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluations.leaderboards.matrix.answers import (
    CHOSEN,
    GUEST,
    GUEST_NOT_COUNTED,
    Asking,
    Counts,
    Flags,
    Integers,
    Kept,
    Selection,
    day_number,
)

ABSENT = 4
"""Stands in a block where an answer was superseded or withdrawn; 3 stands for cannot-tell."""

BLIND, UNCHECKED, APART, WAY = 1, 2, 4, 8
SUMS = 32
"""So many sums of these flags, with one of the three ways at `WAY`."""
SHAPES = 256
"""Orders of questions that get a block of their own; other forms are cut into single answers."""

HEAD: Mapping[str, type[np.generic]] = {
    "judgment": np.int64,
    "first": np.int64,
    "subject": np.int32,
    "judge": np.int32,
    "protocol": np.int32,
    "day": np.int32,
    "flags": np.uint8,
}


@dataclass(frozen=True)
class Numbering:
    """Keys numbered in the order of their first appearance, so that numbers never change."""

    keys: Integers = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def sorted(self) -> tuple[Integers, npt.NDArray[np.intp]]:
        order = np.argsort(self.keys, kind="stable")
        return self.keys[order], order

    def find(self, keys: Integers) -> npt.NDArray[np.intp]:
        """Their numbers, shape (keys,); -1 for unknown keys."""
        known, order = self.sorted
        if not len(known):
            return np.full(len(keys), -1, np.intp)
        place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[place] == keys, order[place], -1)

    def including(self, keys: Integers) -> "Numbering":
        """With these keys numbered too."""
        new = np.unique(keys[self.find(keys) < 0])
        return Numbering(np.concatenate([self.keys, new])) if len(new) else self


@dataclass(frozen=True)
class Forms:
    """Judgments as they are read; all arrays have shape (judgments,), sorted by judgment."""

    judgment: Integers
    judge: Integers
    kind: Integers
    flags: Integers
    protocol: Integers
    day: Integers


@dataclass(frozen=True)
class Given:
    """Answers as they are read; all arrays have shape (answers,), sorted by row.

    `question` is a place in the list of questions that goes with it, `value` 0 to 3.
    """

    row: Integers
    judgment: Integers
    subject: Integers
    question: Integers
    value: Integers

    def only(self, rows: Flags) -> "Given":
        return Given(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


class AnswerBlock:
    """Forms that asked the same questions in the same order: a row a form.

    The arrays have spare room behind `rows`; the newest version of a block writes there, and
    older versions never look.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], values: npt.NDArray[np.uint8]) -> None:
        self.rows = values.shape[1]
        self._arrays = arrays
        self._values = values
        self._written = [self.rows]

    def __getattr__(self, name: str) -> npt.NDArray[Any]:
        if name not in HEAD:
            raise AttributeError(name)
        array: npt.NDArray[Any] = self._arrays[name][: self.rows]
        return array

    def value(self, place: int) -> npt.NDArray[np.uint8]:
        """The answers to one of the block's questions, shape (rows,)."""
        return self._values[place, : self.rows]

    @property
    def values(self) -> npt.NDArray[np.uint8]:
        """Shape (questions, rows)."""
        return self._values[:, : self.rows]

    @property
    def nbytes(self) -> int:
        return self._values.nbytes + sum(array.nbytes for array in self._arrays.values())

    def extended(self, other: "AnswerBlock") -> "AnswerBlock":
        """With the rows of another block behind its own."""
        rows = self.rows + other.rows
        arrays, values, written = self._arrays, self._values, self._written
        if rows > values.shape[1] or written[0] != self.rows:
            room = rows + rows // 16 + 16
            arrays = {name: with_room(getattr(self, name), room) for name in HEAD}
            values = with_room(self.values, room)
            written = [self.rows]
        for name in HEAD:
            arrays[name][self.rows : rows] = getattr(other, name)
        values[:, self.rows : rows] = other.values
        written[0] = rows
        made = AnswerBlock.__new__(AnswerBlock)
        made.rows, made._arrays, made._values, made._written = rows, arrays, values, written
        return made

    def taken(self, rows: npt.NDArray[np.intp]) -> "AnswerBlock":
        """Only these rows, copied."""
        return AnswerBlock({name: getattr(self, name)[rows] for name in HEAD}, self.values[:, rows])

    def without(self, rows: npt.NDArray[np.intp]) -> "AnswerBlock":
        """With the answers of these rows absent."""
        values = self._values.copy()
        values[:, rows] = ABSENT
        made = AnswerBlock.__new__(AnswerBlock)
        made.rows, made._arrays, made._values = self.rows, self._arrays, values
        # Heads are shared with the version before, so only one of the two may write behind them.
        made._written = self._written
        return made


def with_room(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    made = np.zeros((*array.shape[:-1], room), array.dtype)
    made[..., : array.shape[-1]] = array
    return made


Shape = tuple[Asking, ...]


@dataclass(frozen=True)
class Blocks:
    """All answers. `kind` is that of each judge, by number."""

    blocks: Mapping[Shape, AnswerBlock] = field(default_factory=dict)
    outputs: Numbering = field(default_factory=Numbering)
    prompts: Numbering = field(default_factory=Numbering)
    judges: Numbering = field(default_factory=Numbering)
    kind: npt.NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    masks: Kept = field(default_factory=lambda: Kept(4))

    @cached_property
    def questions(self) -> dict[Asking, list[tuple[Shape, int]]]:
        """Each question with the blocks that ask it, and its place there."""
        found: dict[Asking, list[tuple[Shape, int]]] = {}
        for shape in self.blocks:
            for place, question in enumerate(shape):
                found.setdefault(question, []).append((shape, place))
        return found

    @property
    def nbytes(self) -> int:
        return sum(block.nbytes for block in self.blocks.values()) + sum(
            2 * part.keys.nbytes for part in (self.outputs, self.prompts, self.judges)
        )

    def subjects(self, question: Asking) -> Numbering:
        """How the subjects of a question are numbered."""
        return self.prompts if question[0] == "prompt" else self.outputs

    def pieces(
        self, question: Asking
    ) -> Iterator[tuple[Shape, int, AnswerBlock, npt.NDArray[np.uint8]]]:
        """The blocks that ask a question, its place there, and its answers."""
        for shape, place in self.questions.get(question, ()):
            yield shape, place, self.blocks[shape], self.blocks[shape].value(place)

    def kinds(self, block: AnswerBlock) -> npt.NDArray[np.int8]:
        """The kind of each row's judge, a guest who was not checked apart."""
        kind = self.kind[block.judge]
        unchecked = (kind == GUEST) & (block.flags & UNCHECKED > 0)
        return np.where(unchecked, np.int8(GUEST_NOT_COUNTED), kind)

    def counted(self, block: AnswerBlock, selection: Selection) -> Flags:
        """True for the rows that a selection counts, its added judge left out; shape (rows,)."""
        flags = np.arange(SUMS)
        allowed = np.zeros((4, SUMS), np.bool_)
        allowed[selection.kinds] = True
        allowed[GUEST, flags & UNCHECKED > 0] = False
        if not selection.unblinded:
            allowed[:, flags & BLIND == 0] = False
        if not selection.apart:
            allowed[:, flags & APART > 0] = False
        if not selection.chosen:
            allowed[:, flags // WAY == CHOSEN] = False
        # One look-up in a table of four kinds by the sums of flags.
        mask: Flags = allowed.ravel()[(SUMS * self.kind)[block.judge] + block.flags.view(np.int8)]
        if selection.protocol is not None:
            mask &= block.protocol == selection.protocol
        if selection.since is not None:
            mask &= block.day >= day_number(selection.since)
        if selection.until is not None:
            mask &= block.day <= day_number(selection.until)
        return mask

    def mask(self, shape: Shape, selection: Selection) -> Flags:
        """`counted` of a block, kept for the next question."""
        kept = self.masks.get(selection)
        if kept is None:
            kept = self.masks[selection] = {}
        if shape not in kept:
            kept[shape] = self.counted(self.blocks[shape], selection)
        mask: Flags = kept[shape]
        return mask

    def counts(self, question: Asking, selection: Selection) -> Counts:
        """How often each code was given about each subject, by those who count; (subjects, 4)."""
        subjects = len(self.subjects(question))
        total = np.zeros(8 * subjects, np.intp)
        for shape, _, block, value in self.pieces(question):
            # Bins of eight a subject: the four codes and the absent; the last for who counts not.
            place = np.where(self.mask(shape, selection), 8 * block.subject, 8 * subjects)
            place += value
            found = np.bincount(place, minlength=8 * subjects + 8)[: 8 * subjects]
            total = found if not total.any() else total + found
        counts = total.reshape(subjects, 8)
        counts = counts.astype(np.min_scalar_type(int(total.max(initial=0))))
        return np.ascontiguousarray(counts[:, :4])

    def of_judge(
        self, question: Asking, judge: int, selection: Selection
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
        """Subjects and codes of one judge's answers that the selection does not count."""
        (number,) = self.judges.find(np.array([judge]))
        subjects, values = [np.empty(0, np.int32)], [np.empty(0, np.uint8)]
        for shape, _, block, value in self.pieces(question):
            rows = np.flatnonzero(block.judge == number)
            rows = rows[(value[rows] != ABSENT) & ~self.mask(shape, selection)[rows]]
            subjects.append(block.subject[rows])
            values.append(value[rows])
        return np.concatenate(subjects), np.concatenate(values)

    def sorted(self) -> "Blocks":
        """With rows in the order of their subjects: counting them is twice as fast."""
        blocks = {
            shape: block.taken(np.argsort(block.subject, kind="stable"))
            for shape, block in self.blocks.items()
        }
        return self.having(blocks)

    def without(self, judgments: Integers) -> tuple["Blocks", "Blocks"]:
        """Without the answers of these judgments, and those answers by themselves."""
        blocks, gone = dict(self.blocks), {}
        for shape, block in self.blocks.items():
            wanted = judgments[judgments <= block.judgment.max(initial=0)]
            rows = np.flatnonzero(np.isin(block.judgment, wanted)) if len(wanted) else wanted
            rows = rows[(block.values[:, rows] != ABSENT).any(axis=0)] if len(rows) else rows
            if len(rows):
                gone[shape] = block.taken(rows)
                blocks[shape] = block.without(rows)
        return self.having(blocks), self.having(gone)

    def having(self, blocks: Mapping[Shape, AnswerBlock]) -> "Blocks":
        return replace(self, blocks=blocks, masks=Kept(4))

    def including(
        self, forms: Forms, given: Given, questions: list[Asking]
    ) -> tuple["Blocks", "Blocks"]:
        """With these answers, and these answers by themselves. Those of other forms are dropped."""
        place = np.searchsorted(forms.judgment, given.judgment)
        place = np.minimum(place, max(len(forms.judgment) - 1, 0))
        known = (
            forms.judgment[place] == given.judgment
            if len(forms.judgment)
            else np.zeros(len(given.row), np.bool_)
        )
        given, place = given.only(known), place[known]
        about_prompt = np.array([q[0] == "prompt" for q in questions], np.bool_)[given.question]
        outputs = self.outputs.including(given.subject[~about_prompt])
        prompts = self.prompts.including(given.subject[about_prompt])
        judges = self.judges.including(forms.judge)
        kind = with_room(self.kind, len(judges))
        kind[judges.find(forms.judge)] = forms.kind
        subject = np.where(
            about_prompt, prompts.find(given.subject), outputs.find(given.subject)
        ).astype(np.int32)
        blocks = dict(self.blocks)
        added: dict[Shape, AnswerBlock] = {}
        judge = judges.find(forms.judge)
        for shape, rows in self.runs(given, about_prompt, questions):
            form = place[rows[0]]
            arrays = {
                "judgment": given.judgment[rows[0]],
                "first": given.row[rows[0]],
                "subject": subject[rows[0]],
                "judge": judge[form].astype(np.int32),
                "protocol": forms.protocol[form].astype(np.int32),
                "day": forms.day[form].astype(np.int32),
                "flags": forms.flags[form].astype(np.uint8),
            }
            block = AnswerBlock(arrays, given.value[rows].astype(np.uint8))
            added[shape] = added[shape].extended(block) if shape in added else block
        for shape, block in added.items():
            blocks[shape] = blocks[shape].extended(block) if shape in blocks else block
        now = replace(self, outputs=outputs, prompts=prompts, judges=judges, kind=kind)
        return now.having(blocks), now.having(added)

    def runs(
        self, given: Given, about_prompt: Flags, questions: list[Asking]
    ) -> Iterable[tuple[Shape, npt.NDArray[np.intp]]]:
        """Answers by the questions of their run; rows of shape (questions, runs).

        A run is answers with consecutive keys, of one form, about one subject.
        """
        count = len(given.row)
        if not count:
            return
        begins = np.ones(count, np.bool_)
        begins[1:] = (
            (np.diff(given.row) != 1)
            | (np.diff(given.judgment) != 0)
            | (np.diff(given.subject) != 0)
            | (about_prompt[1:] != about_prompt[:-1])
        )
        start = np.flatnonzero(begins)
        length = np.diff(np.append(start, count))
        place = np.arange(count) - np.repeat(start, length)
        # Runs with the same fingerprint have the same questions, which is checked below.
        weights = np.random.default_rng(8).integers(1, 2**62, int(length.max()), np.int64)
        prints = np.add.reduceat((given.question + 1) * weights[place], start) ^ length
        _, members = np.unique(prints, return_inverse=True)
        order = np.argsort(members, kind="stable")
        shapes = len(self.blocks)
        for group in np.split(order, np.flatnonzero(np.diff(members[order])) + 1):
            same = (length[group] == length[group[0]]).all()
            rows = start[group] + np.arange(length[group].min())[:, None]
            asked = given.question[rows]
            shape = tuple(questions[number] for number in asked[:, 0].tolist())
            known = len(shape) == 1 or shape in self.blocks or shapes < SHAPES
            if same and known and bool((asked == asked[:, :1]).all()):
                shapes += shape not in self.blocks
                yield shape, rows
                continue
            rows = np.flatnonzero(np.repeat(np.isin(np.arange(len(start)), group), length))
            for number in np.unique(given.question[rows]):
                yield (questions[number],), rows[given.question[rows] == number][None, :]

    def with_kinds(self, judges: Integers, kinds: Integers) -> "Blocks":
        """With the kinds of these judges as they are now; the same where none differs."""
        place = self.judges.find(judges)
        known = place >= 0
        if (self.kind[place[known]] == kinds[known]).all():
            return self
        kind = self.kind.copy()
        kind[place[known]] = kinds[known]
        return replace(self, kind=kind, masks=Kept(4))
